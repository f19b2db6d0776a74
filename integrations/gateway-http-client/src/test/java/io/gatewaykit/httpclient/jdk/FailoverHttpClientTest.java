// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.jdk;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import io.gatewaykit.httpclient.HttpClientContract;
import io.gatewaykit.httpclient.HttpFailover;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class FailoverHttpClientTest extends HttpClientContract {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @Override
  protected Sender sender(HttpFailover failover) {
    HttpClient client = FailoverHttpClient.of(CLIENT, failover);
    var futures = new CopyOnWriteArrayList<CompletableFuture<?>>();
    return new Sender() {
      @Override
      public Reply send(Message message) throws Exception {
        HttpRequest.Builder request =
            HttpRequest.newBuilder(URI.create(message.uri()))
                .method(message.method(), body(message));
        message.headers().forEach(request::header);
        if (message.uri().endsWith("/async")) {
          CompletableFuture<HttpResponse<InputStream>> future =
              client.sendAsync(request.build(), BodyHandlers.ofInputStream());
          futures.add(future);
          return reply(future.get());
        }
        return reply(client.send(request.build(), BodyHandlers.ofInputStream()));
      }

      @Override
      public void cancelAll() {
        futures.forEach(future -> future.cancel(true));
      }
    };
  }

  private static BodyPublisher body(Message message) {
    if (message.body().length == 0) {
      return BodyPublishers.noBody();
    }
    InputStream stream = new ByteArrayInputStream(message.body());
    return message.repeatable()
        ? BodyPublishers.ofByteArray(message.body())
        : BodyPublishers.ofInputStream(() -> stream);
  }

  private static Reply reply(HttpResponse<InputStream> response) {
    return new Reply() {
      @Override
      public int status() {
        return response.statusCode();
      }

      @Override
      public InputStream body() {
        return response.body();
      }

      @Override
      public void close() throws IOException {
        response.body().close();
      }
    };
  }

  @Override
  protected boolean buffersStreams() {
    return false; // their length is unknown
  }

  @Override
  protected Class<? extends Exception> timeout() {
    return HttpTimeoutException.class;
  }

  @Test
  void preserveHost_withoutTheSystemProperty_isRejected() {
    String before = System.setProperty("jdk.httpclient.allowRestrictedHeaders", "connection");
    try (FailoverGroup<URI> group =
        FailoverGroup.<URI>builder("shop")
            .line(Line.of("a", 0, Endpoint.of("a-1", URI.create("http://a.example"))))
            .build()) {
      HttpFailover failover = HttpFailover.builder(group).preserveHost().build();
      assertThatThrownBy(() -> FailoverHttpClient.of(CLIENT, failover))
          .hasMessageContaining("preserveHost: true (expected: with the system property");
    } finally {
      System.setProperty("jdk.httpclient.allowRestrictedHeaders", String.valueOf(before));
    }
  }
}
