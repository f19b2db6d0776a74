// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.okhttp;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.Lease;
import io.gatewaykit.httpclient.ClientRequest;
import io.gatewaykit.httpclient.HttpFailover;
import io.gatewaykit.httpclient.internal.exchange.BlockingAttempt;
import io.gatewaykit.httpclient.internal.exchange.BlockingExchange;
import io.gatewaykit.httpclient.internal.exchange.FailoverExchange;
import io.gatewaykit.httpclient.internal.exchange.LeaseEnd;
import io.gatewaykit.httpclient.internal.exchange.ResponseAccess;
import io.gatewaykit.httpclient.internal.exchange.TargetUri;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * An interceptor of OkHttp that sends each request to an endpoint of a failover group. An attempt
 * is a call of another client, so that it can be aborted alone; {@link #wrap} returns a client with
 * both. {@link Call#cancel} aborts the attempts in flight, which counts against no endpoint.
 * Thread-safe.
 */
public final class FailoverInterceptor implements Interceptor {
  private final OkHttpClient attempts;
  private final HttpFailover failover;

  private FailoverInterceptor(OkHttpClient attempts, HttpFailover failover) {
    this.attempts = attempts;
    this.failover = failover;
  }

  /**
   * Returns a client that sends its requests to the group. The given client, without its call
   * timeout and its retries, sends the attempts: its interceptors and listeners are called for each
   * attempt. Interceptors that are added to the returned client are called once for each request.
   * Both clients share connections and threads.
   */
  public static OkHttpClient wrap(OkHttpClient client, HttpFailover failover) {
    OkHttpClient.Builder outer =
        client.newBuilder().eventListener(EventListener.NONE).retryOnConnectionFailure(false);
    outer.interceptors().clear();
    outer.networkInterceptors().clear();
    return outer.addInterceptor(of(client, failover)).build();
  }

  /**
   * Returns an interceptor, for clients that are not built by {@link #wrap}.
   *
   * @param attempts sends the attempts; it must not contain the interceptor
   */
  public static FailoverInterceptor of(OkHttpClient attempts, HttpFailover failover) {
    OkHttpClient single =
        attempts.newBuilder().retryOnConnectionFailure(false).callTimeout(Duration.ZERO).build();
    return new FailoverInterceptor(single, requireNonNull(failover, "failover"));
  }

  private record Head(Request request) implements ClientRequest {
    @Override
    public String method() {
      return request.method();
    }

    @Override
    public URI uri() {
      return request.url().uri();
    }

    @Override
    public @Nullable String header(String name) {
      return request.header(name);
    }
  }

  /** A response with its call, compared by identity. */
  private static final class AttemptResponse {
    final Response response;
    final Call call;

    AttemptResponse(Response response, Call call) {
      this.response = response;
      this.call = call;
    }
  }

  private enum Access implements ResponseAccess<AttemptResponse> {
    INSTANCE;

    @Override
    public int status(AttemptResponse result) {
      return result.response.code();
    }

    @Override
    public @Nullable String header(AttemptResponse result, String name) {
      return result.response.header(name);
    }

    @Override
    public boolean hasBody(AttemptResponse result) {
      return result.response.body().contentLength() != 0;
    }

    @Override
    public void discard(AttemptResponse result) {
      result.call.cancel(); // otherwise close() reads on, to reuse the connection
      result.response.close();
    }

    @Override
    public void abort(AttemptResponse result) {
      result.call.cancel();
    }
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    var head = new Head(chain.request());
    RequestBody body = repeatable(chain.request().body(), failover.isIdempotent(head));
    boolean repeatable = body == null || !(body.isOneShot() || body.isDuplex());
    Request request = chain.request().newBuilder().method(chain.request().method(), body).build();
    var exchange =
        new FailoverExchange<AttemptResponse>(failover, head, repeatable, null, Access.INSTANCE);
    var blocking =
        new BlockingExchange<>(
            exchange, failover.executor(), lease -> attempt(exchange, lease, request));
    chain
        .call()
        .addEventListener(
            new EventListener() {
              @Override
              public void canceled(Call call) {
                blocking.cancel();
              }
            });
    if (chain.call().isCanceled()) {
      blocking.cancel();
    }
    return blocking.execute().response;
  }

  private @Nullable RequestBody repeatable(@Nullable RequestBody body, boolean idempotent)
      throws IOException {
    if (body == null || !idempotent || !body.isOneShot() || body.isDuplex()) {
      return body;
    }
    long length = body.contentLength();
    if (length < 0 || length > failover.maxBufferedBody()) {
      return body;
    }
    var buffer = new Buffer();
    body.writeTo(buffer);
    return RequestBody.create(buffer.readByteString(), body.contentType());
  }

  private BlockingAttempt<AttemptResponse> attempt(
      FailoverExchange<AttemptResponse> exchange, Lease<URI> lease, Request request) {
    URI original = request.url().uri();
    Request.Builder copy = request.newBuilder().url(exchange.target(lease, original).toString());
    if (failover.preservesHost()) {
      copy.header("Host", TargetUri.authority(original));
    }
    Call call = attempts.newCall(copy.build());
    return new BlockingAttempt<>() {
      @Override
      public AttemptResponse send() throws IOException {
        Response response = call.execute();
        var end = new LeaseEnd(lease, response.code());
        ResponseBody body = new LeaseResponseBody(response.body(), end);
        return new AttemptResponse(response.newBuilder().body(body).build(), call);
      }

      @Override
      public void cancel() {
        call.cancel();
      }
    };
  }
}
