// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.spring;

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
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.support.HttpRequestWrapper;

/**
 * An interceptor of {@code RestClient} and {@code RestTemplate} that sends each request to an
 * endpoint of a failover group. Spring has no way to cancel a request, so an attempt is aborted by
 * interrupting its thread: this ends attempts of the JDK's client, and of any client on virtual
 * threads. Another client continues until its own timeout. Thread-safe.
 */
public final class FailoverRequestInterceptor implements ClientHttpRequestInterceptor {
  private final HttpFailover failover;

  private FailoverRequestInterceptor(HttpFailover failover) {
    this.failover = requireNonNull(failover, "failover");
  }

  /** Returns an interceptor. It should be the last one, so that others run once per request. */
  public static FailoverRequestInterceptor of(HttpFailover failover) {
    return new FailoverRequestInterceptor(failover);
  }

  private record Head(HttpRequest request) implements ClientRequest {
    @Override
    public String method() {
      return request.getMethod().name();
    }

    @Override
    public URI uri() {
      return request.getURI();
    }

    @Override
    public @Nullable String header(String name) {
      return request.getHeaders().getFirst(name);
    }
  }

  private enum Access implements ResponseAccess<LeaseResponse> {
    INSTANCE;

    @Override
    public int status(LeaseResponse response) {
      return response.getStatusCode().value();
    }

    @Override
    public @Nullable String header(LeaseResponse response, String name) {
      return response.getHeaders().getFirst(name);
    }

    @Override
    public void discard(LeaseResponse response) {
      response.discard();
    }
  }

  @Override
  public ClientHttpResponse intercept(
      HttpRequest request, byte[] body, ClientHttpRequestExecution execution) throws IOException {
    var exchange =
        new FailoverExchange<LeaseResponse>(
            failover, new Head(request), true, null, Access.INSTANCE);
    return new BlockingExchange<>(
            exchange,
            failover.executor(),
            lease -> {
              URI target = exchange.target(lease, request.getURI());
              return new Attempt(
                  lease, new Rewritten(request, target, host(request)), body, execution);
            })
        .execute();
  }

  private @Nullable String host(HttpRequest request) {
    return failover.preservesHost() ? TargetUri.authority(request.getURI()) : null;
  }

  private static final class Rewritten extends HttpRequestWrapper {
    private final URI target;
    private final HttpHeaders headers = new HttpHeaders();

    Rewritten(HttpRequest request, URI target, @Nullable String host) {
      super(request);
      this.target = target;
      request.getHeaders().forEach((name, values) -> headers.addAll(name, values));
      if (host != null) {
        headers.set(HttpHeaders.HOST, host);
      }
    }

    @Override
    public URI getURI() {
      return target;
    }

    @Override
    public HttpHeaders getHeaders() {
      return headers;
    }
  }

  private static final class Attempt implements BlockingAttempt<LeaseResponse> {
    private final Lease<URI> lease;
    private final HttpRequest request;
    private final byte[] body;
    private final ClientHttpRequestExecution execution;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Thread thread;
    private boolean cancelled;

    Attempt(
        Lease<URI> lease, HttpRequest request, byte[] body, ClientHttpRequestExecution execution) {
      this.lease = lease;
      this.request = request;
      this.body = body;
      this.execution = execution;
    }

    @Override
    public LeaseResponse send() throws IOException {
      start();
      ClientHttpResponse response;
      try {
        response = execution.execute(request, body);
      } finally {
        stop();
      }
      HttpStatusCode status = response.getStatusCode();
      return new LeaseResponse(response, status, new LeaseEnd(lease, status.value()));
    }

    private void start() throws IOException {
      lock.lock();
      try {
        if (cancelled) {
          throw new IOException("attempt cancelled");
        }
        thread = Thread.currentThread();
      } finally {
        lock.unlock();
      }
    }

    private void stop() {
      lock.lock();
      try {
        thread = null;
        if (cancelled) {
          boolean ignored = Thread.interrupted(); // that of cancel()
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void cancel() {
      lock.lock();
      try {
        Thread current = thread;
        if (!cancelled && current != null) {
          current.interrupt();
        }
        cancelled = true;
      } finally {
        lock.unlock();
      }
    }
  }
}
