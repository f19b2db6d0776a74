// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.apache;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.Lease;
import io.gatewaykit.httpclient.ClientRequest;
import io.gatewaykit.httpclient.HttpFailover;
import io.gatewaykit.httpclient.internal.exchange.BlockingAttempt;
import io.gatewaykit.httpclient.internal.exchange.BlockingExchange;
import io.gatewaykit.httpclient.internal.exchange.FailoverExchange;
import io.gatewaykit.httpclient.internal.exchange.LeaseEnd;
import io.gatewaykit.httpclient.internal.exchange.ResponseAccess;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.RouteInfo.LayerType;
import org.apache.hc.client5.http.RouteInfo.TunnelType;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecChain.Scope;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.routing.RoutingSupport;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A handler in the execution chain of the classic Apache HttpClient 5 that sends each request to an
 * endpoint of a failover group. {@code HttpUriRequestBase.cancel} aborts the attempts in flight,
 * which counts against no endpoint. Thread-safe.
 */
public final class FailoverExecHandler implements ExecChainHandler {
  private final HttpFailover failover;

  private FailoverExecHandler(HttpFailover failover) {
    this.failover = requireNonNull(failover, "failover");
  }

  /**
   * Adds a handler to the start of the chain, and disables the retries of the client, which would
   * send a request to the same endpoint again.
   */
  public static HttpClientBuilder addTo(HttpClientBuilder builder, HttpFailover failover) {
    return builder
        .disableAutomaticRetries()
        .addExecInterceptorFirst("failover", new FailoverExecHandler(failover));
  }

  private record Head(ClassicHttpRequest request, URI uri) implements ClientRequest {
    @Override
    public String method() {
      return request.getMethod();
    }

    @Override
    public @Nullable String header(String name) {
      return FailoverExecHandler.header(request.getFirstHeader(name));
    }
  }

  private static @Nullable String header(@Nullable Header header) {
    return header == null ? null : header.getValue();
  }

  /** A response with its attempt, compared by identity. */
  private static final class AttemptResponse {
    final ClassicHttpResponse response;
    final AttemptDependency attempt;

    AttemptResponse(ClassicHttpResponse response, AttemptDependency attempt) {
      this.response = response;
      this.attempt = attempt;
    }
  }

  private enum Access implements ResponseAccess<AttemptResponse> {
    INSTANCE;

    @Override
    public int status(AttemptResponse result) {
      return result.response.getCode();
    }

    @Override
    public @Nullable String header(AttemptResponse result, String name) {
      return FailoverExecHandler.header(result.response.getFirstHeader(name));
    }

    @Override
    public boolean hasBody(AttemptResponse result) {
      return result.response.getEntity() != null;
    }

    @Override
    public void discard(AttemptResponse result) {
      boolean unused =
          result.attempt.cancel(); // otherwise close() reads the rest, to reuse the connection
      try {
        result.response.close();
      } catch (IOException e) {
        // the connection was closed before
      }
    }

    @Override
    public void abort(AttemptResponse result) {
      boolean unused = result.attempt.cancel();
    }
  }

  @Override
  public ClassicHttpResponse execute(ClassicHttpRequest request, Scope scope, ExecChain chain)
      throws IOException, HttpException {
    var head = new Head(request, uri(request));
    HttpEntity body = repeatable(request.getEntity(), failover.isIdempotent(head));
    boolean repeatable = body == null || body.isRepeatable();
    var exchange =
        new FailoverExchange<AttemptResponse>(failover, head, repeatable, null, Access.INSTANCE);
    var blocking =
        new BlockingExchange<>(
            exchange,
            failover.executor(),
            lease -> {
              URI target = exchange.target(lease, head.uri);
              return new Attempt(lease, copy(request, body, target), target, scope, chain);
            });
    if (scope.originalRequest instanceof CancellableDependency application) {
      application.setDependency(() -> {
        blocking.cancel();
        return true;
      });
    }
    return blocking.execute().response;
  }

  private static URI uri(ClassicHttpRequest request) throws HttpException {
    try {
      return request.getUri();
    } catch (URISyntaxException e) {
      throw new HttpException("invalid URI of the request", e);
    }
  }

  private @Nullable HttpEntity repeatable(@Nullable HttpEntity body, boolean idempotent)
      throws IOException {
    if (body == null || !idempotent || body.isRepeatable()) {
      return body;
    }
    long length = body.getContentLength();
    if (length < 0 || length > failover.maxBufferedBody()) {
      return body;
    }
    return new ByteArrayEntity(
        EntityUtils.toByteArray(body),
        ContentType.parseLenient(body.getContentType()),
        body.getContentEncoding());
  }

  private ClassicHttpRequest copy(
      ClassicHttpRequest request, @Nullable HttpEntity body, URI target) {
    ClassicHttpRequest copy =
        ClassicRequestBuilder.copy(request).setUri(target).setEntity(body).build();
    if (failover.preservesHost()) {
      copy.setAuthority(request.getAuthority());
    }
    return copy;
  }

  private final class Attempt implements BlockingAttempt<AttemptResponse> {
    private final Lease<URI> lease;
    private final ClassicHttpRequest request;
    private final Scope scope;
    private final ExecChain chain;
    private final AttemptDependency dependency = new AttemptDependency();

    Attempt(
        Lease<URI> lease, ClassicHttpRequest request, URI target, Scope outer, ExecChain chain) {
      this.lease = lease;
      this.request = request;
      this.chain = chain;
      scope =
          new Scope(
              outer.exchangeId,
              route(target, outer.route),
              outer.originalRequest,
              outer.execRuntime.fork(dependency),
              failover.executor() == null ? outer.clientContext : copy(outer.clientContext));
    }

    @Override
    public AttemptResponse send() throws IOException {
      ClassicHttpResponse response;
      try {
        response = chain.proceed(request, scope);
      } catch (HttpException e) {
        throw new ClientProtocolException(e.getMessage(), e);
      }
      var end = new LeaseEnd(lease, response.getCode());
      if (response.getEntity() != null) {
        response.setEntity(new LeaseEntity(response.getEntity(), end));
      }
      return new AttemptResponse(response, dependency);
    }

    @Override
    public void cancel() {
      boolean unused = dependency.cancel();
    }
  }

  private static HttpRoute route(URI target, HttpRoute original) {
    HttpHost host =
        RoutingSupport.normalize(HttpHost.create(target), DefaultSchemePortResolver.INSTANCE);
    boolean secure = "https".equals(target.getScheme());
    HttpHost proxy = original.getProxyHost();
    return proxy == null
        ? new HttpRoute(host, original.getLocalAddress(), secure)
        : new HttpRoute(
            host,
            original.getLocalAddress(),
            proxy,
            secure,
            secure ? TunnelType.TUNNELLED : TunnelType.PLAIN,
            secure ? LayerType.LAYERED : LayerType.PLAIN);
  }

  /** Returns a context of its own for an attempt that may run concurrently with others. */
  private static HttpClientContext copy(HttpClientContext context) {
    HttpClientContext copy = HttpClientContext.create();
    copy.setRequestConfig(context.getRequestConfig());
    copy.setCookieStore(context.getCookieStore());
    copy.setCookieSpecRegistry(context.getCookieSpecRegistry());
    copy.setCredentialsProvider(context.getCredentialsProvider());
    copy.setAuthSchemeRegistry(context.getAuthSchemeRegistry());
    copy.setAuthCache(context.getAuthCache());
    copy.setUserToken(context.getUserToken());
    return copy;
  }
}
