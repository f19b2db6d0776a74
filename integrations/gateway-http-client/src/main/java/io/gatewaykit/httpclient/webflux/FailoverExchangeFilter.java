// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.webflux;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.Lease;
import io.gatewaykit.httpclient.HttpFailover;
import io.gatewaykit.httpclient.internal.exchange.FailoverExchange;
import io.gatewaykit.httpclient.internal.exchange.LeaseEnd;
import io.gatewaykit.httpclient.internal.exchange.ResponseAccess;
import io.gatewaykit.httpclient.internal.exchange.TargetUri;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A filter of {@code WebClient} that sends each request to an endpoint of a failover group.
 * Cancelling the subscription aborts the attempts in flight, which counts against no endpoint. A
 * request whose body exceeds {@link HttpFailover#maxBufferedBody} is sent again only if its body
 * was not read. Thread-safe.
 */
public final class FailoverExchangeFilter implements ExchangeFilterFunction {
  private final HttpFailover failover;

  private FailoverExchangeFilter(HttpFailover failover) {
    this.failover = requireNonNull(failover, "failover");
  }

  /** Returns a filter. It should be the last one, so that others run once per request. */
  public static FailoverExchangeFilter of(HttpFailover failover) {
    return new FailoverExchangeFilter(failover);
  }

  private record Head(ClientRequest request) implements io.gatewaykit.httpclient.ClientRequest {
    @Override
    public String method() {
      return request.method().name();
    }

    @Override
    public URI uri() {
      return request.url();
    }

    @Override
    public @Nullable String header(String name) {
      return request.headers().getFirst(name);
    }
  }

  private enum Access implements ResponseAccess<ClientResponse> {
    INSTANCE;

    @Override
    public int status(ClientResponse response) {
      return response.statusCode().value();
    }

    @Override
    public @Nullable String header(ClientResponse response, String name) {
      return response.headers().asHttpHeaders().getFirst(name);
    }

    @Override
    public void discard(ClientResponse response) {
      response
          .body((message, context) -> message.getBody())
          .subscribe(DataBufferUtils.releaseConsumer(), failure -> {})
          .dispose(); // cancels the body
    }
  }

  @Override
  @SuppressWarnings("NullAway") // an exchange function does not complete without a response
  public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
    return Mono.deferContextual(context ->
        Mono.create(sink -> {
          var exchange =
              new FailoverExchange<ClientResponse>(
                  failover, new Head(request), true, null, Access.INSTANCE);
          var body =
              new CapturedBody(request.body(), failover.maxBufferedBody(), exchange::onRepeatable);
          CompletableFuture<ClientResponse> result =
              exchange.executeAsync(lease ->
                  exchange.attempt(
                      lease,
                      next.exchange(copy(request, exchange.target(lease, request.url()), body))
                          .map(response -> open(response, lease))
                          .contextWrite(context)
                          .toFuture()));
          sink.onCancel(() -> result.cancel(true));
          CompletableFuture<?> unused =
              result.whenComplete(
                  (response, failure) -> complete(sink, request, response, failure));
        }));
  }

  private ClientRequest copy(ClientRequest request, URI target, CapturedBody body) {
    ClientRequest.Builder copy = ClientRequest.from(request).url(target).body(body);
    if (failover.preservesHost()) {
      copy.headers(headers -> headers.set(HttpHeaders.HOST, TargetUri.authority(request.url())));
    }
    return copy.build();
  }

  private static ClientResponse open(ClientResponse response, Lease<URI> lease) {
    var end = new LeaseEnd(lease, response.statusCode().value());
    return response
        .mutate()
        .body(content ->
            content.doOnComplete(end::onClosed).doOnError(end::onFailure).doOnCancel(end::onClosed))
        .build();
  }

  /** Passes on the response, or the failure as the exception that this client has for it. */
  private static void complete(
      MonoSink<ClientResponse> sink,
      ClientRequest request,
      @Nullable ClientResponse response,
      @Nullable Throwable failure) {
    if (response != null) {
      sink.success(response);
    } else if (failure instanceof IOException) {
      sink.error(
          new WebClientRequestException(
              failure, request.method(), request.url(), request.headers()));
    } else if (failure != null) {
      sink.error(failure);
    }
  }
}
