// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.webflux;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.httpclient.HttpClientContract;
import io.gatewaykit.httpclient.HttpFailover;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.ExchangeFunctions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/** The exchange function below Spring's WebClient. */
class FailoverExchangeFilterTest extends HttpClientContract {
  private static final HttpClient CLIENT = HttpClient.create().disableRetry(true);

  @Override
  protected Sender sender(HttpFailover failover) {
    ExchangeFunction client =
        FailoverExchangeFilter.of(failover)
            .apply(ExchangeFunctions.create(new ReactorClientHttpConnector(CLIENT)));
    var futures = new CopyOnWriteArrayList<CompletableFuture<?>>();
    return new Sender() {
      @Override
      public Reply send(Message message) throws Exception {
        ClientRequest.Builder request =
            ClientRequest.create(HttpMethod.valueOf(message.method()), URI.create(message.uri()));
        message.headers().forEach(request::header);
        if (message.body().length > 0 && message.repeatable()) {
          request.body(BodyInserters.fromValue(message.body()));
        } else if (message.body().length > 0) {
          request.body(BodyInserters.fromDataBuffers(once(message.body())));
        }
        Mono<ClientResponse> response = client.exchange(request.build());
        if (message.uri().endsWith("/async")) {
          CompletableFuture<@Nullable ClientResponse> future = response.toFuture();
          futures.add(future);
          return reply(requireNonNull(future.get()));
        }
        return reply(requireNonNull(response.block()));
      }

      @Override
      public void cancelAll() {
        futures.forEach(future -> future.cancel(true));
      }
    };
  }

  private static Flux<DataBuffer> once(byte[] body) {
    DataBuffer buffer = DefaultDataBufferFactory.sharedInstance.wrap(body);
    var subscriptions = new java.util.concurrent.atomic.AtomicInteger();
    return Flux.defer(() ->
        subscriptions.incrementAndGet() == 1
            ? Flux.just(buffer)
            : Flux.error(new IllegalStateException("subscribed to twice")));
  }

  private static Reply reply(ClientResponse response) {
    InputStream body =
        DataBufferUtils.subscriberInputStream(response.body(BodyExtractors.toDataBuffers()), 1);
    return new Reply() {
      @Override
      public int status() {
        return response.statusCode().value();
      }

      @Override
      public InputStream body() {
        return body;
      }

      @Override
      public void close() throws IOException {
        body.close();
      }
    };
  }

  @Override
  protected boolean repeatsLargeBodies() {
    return false;
  }

  @Override
  protected Class<? extends Exception> timeout() {
    return SocketTimeoutException.class;
  }
}
