// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.jdk;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.httpclient.ClientRequest;
import io.gatewaykit.httpclient.HttpFailover;
import io.gatewaykit.httpclient.internal.exchange.FailoverExchange;
import io.gatewaykit.httpclient.internal.exchange.LinkedFutures;
import io.gatewaykit.httpclient.internal.exchange.ResponseAccess;
import io.gatewaykit.httpclient.internal.exchange.TargetUri;
import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.net.http.HttpTimeoutException;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * An {@link HttpClient} that sends each request to an endpoint of a failover group: to another one
 * if an attempt fails, and to a second one at the same time if the group hedges. Requests, handlers
 * and responses are those of the JDK; {@link HttpResponse#uri} is that of the endpoint.
 *
 * <p>{@link HttpRequest#timeout} limits the whole request. The body handler is applied to the
 * response of each attempt. A body publisher with a known length must be repeatable, as those of
 * {@code BodyPublishers} are; one with an unknown length is sent once. WebSockets do not use the
 * group. Closing this client has no effect: the wrapped client and the group belong to the caller.
 *
 * <p>Thread-safe. Starts no thread of its own.
 */
public final class FailoverHttpClient extends HttpClient {
  private static final String RESTRICTED = "jdk.httpclient.allowRestrictedHeaders";

  private final HttpClient client;
  private final HttpFailover failover;

  private FailoverHttpClient(HttpClient client, HttpFailover failover) {
    this.client = client;
    this.failover = failover;
  }

  /**
   * Returns a client that sends requests through another one.
   *
   * @throws IllegalArgumentException if the rules preserve the host, and the system property {@code
   *     jdk.httpclient.allowRestrictedHeaders} does not contain {@code host}
   */
  public static FailoverHttpClient of(HttpClient client, HttpFailover failover) {
    if (failover.preservesHost() && !mayReplaceHost()) {
      throw Arguments.outside(
          "preserveHost", true, "with the system property " + RESTRICTED + "=host");
    }
    return new FailoverHttpClient(requireNonNull(client, "client"), failover);
  }

  private static boolean mayReplaceHost() {
    String names = System.getProperty(RESTRICTED, "").toLowerCase(Locale.ROOT);
    return Arrays.asList(names.split(",", -1)).contains("host");
  }

  /** A response with its body, compared by identity. */
  private static final class AttemptResponse<T> {
    final HttpResponse<T> response;
    final LeaseBody<T> body;

    AttemptResponse(HttpResponse<T> response, LeaseBody<T> body) {
      this.response = response;
      this.body = body;
    }
  }

  private static final class Access<T> implements ResponseAccess<AttemptResponse<T>> {
    @Override
    public int status(AttemptResponse<T> result) {
      return result.response.statusCode();
    }

    @Override
    public @Nullable String header(AttemptResponse<T> result, String name) {
      return result.response.headers().firstValue(name).orElse(null);
    }

    @Override
    public void discard(AttemptResponse<T> result) {
      result.body.discard();
    }

    @Override
    public IOException timedOut(String message) {
      return new HttpTimeoutException(message);
    }
  }

  private record Request(HttpRequest request) implements ClientRequest {
    @Override
    public String method() {
      return request.method();
    }

    @Override
    public URI uri() {
      return request.uri();
    }

    @Override
    public @Nullable String header(String name) {
      return request.headers().firstValue(name).orElse(null);
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Interruption cancels the attempts in flight, which counts against no endpoint.
   */
  @Override
  public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<T>> response = sendAsync(request, handler);
    try {
      return response.get();
    } catch (InterruptedException e) {
      response.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException failure) {
        throw failure;
      }
      if (cause instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IOException(cause == null ? e : cause);
    }
  }

  @Override
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request, BodyHandler<T> handler) {
    return sendAsync(request, handler, null);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Cancelling the future cancels the attempts in flight, which counts against no endpoint.
   */
  @Override
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request,
      BodyHandler<T> handler,
      @Nullable PushPromiseHandler<T> pushPromiseHandler) {
    var head = new Request(request);
    boolean repeatable = RepeatableBody.isRepeatable(request);
    var exchange =
        new FailoverExchange<AttemptResponse<T>>(
            failover, head, repeatable, request.timeout().orElse(null), new Access<>());
    int maxBuffered = failover.isIdempotent(head) ? failover.maxBufferedBody() : 0;
    CompletableFuture<AttemptResponse<T>> result =
        LinkedFutures.compose(
            RepeatableBody.of(request, maxBuffered),
            body ->
                exchange.executeAsync(
                    lease -> attempt(exchange, lease, request, body, handler, pushPromiseHandler)),
            late -> late.body.discard());
    return LinkedFutures.map(result, one -> one.response, late -> late.body.discard());
  }

  private <T> CompletableFuture<AttemptResponse<T>> attempt(
      FailoverExchange<AttemptResponse<T>> exchange,
      Lease<URI> lease,
      HttpRequest request,
      @Nullable BodyPublisher publisher,
      BodyHandler<T> handler,
      @Nullable PushPromiseHandler<T> pushPromiseHandler) {
    HttpRequest.Builder copy =
        HttpRequest.newBuilder(request, (name, value) -> true)
            .uri(exchange.target(lease, request.uri()));
    if (publisher != null) {
      copy.method(request.method(), publisher);
    }
    if (failover.preservesHost()) {
      copy.setHeader("Host", TargetUri.authority(request.uri()));
    }
    var body =
        new LeaseBody<>(
            handler,
            lease,
            head ->
                exchange.onHead(
                    lease,
                    head.statusCode(),
                    name -> head.headers().firstValue(name).orElse(null)));
    CompletableFuture<HttpResponse<T>> sent =
        client.sendAsync(copy.build(), body, pushPromiseHandler);
    return exchange.attempt(
        lease,
        LinkedFutures.map(
            sent, response -> new AttemptResponse<>(response, body), response -> body.discard()));
  }

  @Override
  public Optional<CookieHandler> cookieHandler() {
    return client.cookieHandler();
  }

  @Override
  public Optional<Duration> connectTimeout() {
    return client.connectTimeout();
  }

  @Override
  public Redirect followRedirects() {
    return client.followRedirects();
  }

  @Override
  public Optional<ProxySelector> proxy() {
    return client.proxy();
  }

  @Override
  public SSLContext sslContext() {
    return client.sslContext();
  }

  @Override
  public SSLParameters sslParameters() {
    return client.sslParameters();
  }

  @Override
  public Optional<Authenticator> authenticator() {
    return client.authenticator();
  }

  @Override
  public Version version() {
    return client.version();
  }

  @Override
  public Optional<Executor> executor() {
    return client.executor();
  }

  @Override
  public WebSocket.Builder newWebSocketBuilder() {
    return client.newWebSocketBuilder();
  }
}
