// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The allocation of the adapter per request, with a container that does not allocate. */
class AllocationTest {
  private static final int REQUESTS = 20_000;
  private static final int LIMIT = 1024;

  @Test
  void allowedRequest_allStages_staysBelowTheLimit() throws Exception {
    var request = new Request();
    var response = new Response();
    FilterChain application = (req, res) -> ((HttpServletResponse) res).flushBuffer();
    try (GatewayFilter filter = GatewayFilter.of(GuardChain.of(new AllowAll()))) {
      run(filter, request, response, application); // loads classes, compiles
      var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = threads.getCurrentThreadAllocatedBytes();
      run(filter, request, response, application);
      long bytes = (threads.getCurrentThreadAllocatedBytes() - before) / REQUESTS;
      System.out.println("gateway-servlet allocates " + bytes + " B for a request");
      assertThat(bytes).isBetween(1L, (long) LIMIT);
    }
  }

  private static void run(
      GatewayFilter filter, Request request, Response response, FilterChain application)
      throws Exception {
    for (int i = 0; i < REQUESTS; i++) {
      request.run = null;
      filter.doFilter(request, response, application);
    }
  }

  private static <T> T unused(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              throw new UnsupportedOperationException(method.getName());
            }));
  }

  private static final ServletContext CONTEXT =
      (ServletContext)
          Proxy.newProxyInstance(
              AllocationTest.class.getClassLoader(),
              new Class<?>[] {ServletContext.class},
              (proxy, method, arguments) -> ""); // getContextPath

  private static final class Request extends HttpServletRequestWrapper {
    private @Nullable Object run;
    private @Nullable Object seen;

    Request() {
      super(unused(HttpServletRequest.class));
    }

    @Override
    public @Nullable Object getAttribute(String name) {
      return name.equals(GatewayFilter.REQUEST_ATTRIBUTE) ? seen : run;
    }

    @Override
    public void setAttribute(String name, Object value) {
      if (name.equals(GatewayFilter.REQUEST_ATTRIBUTE)) {
        seen = value;
      } else {
        run = value;
      }
    }

    @Override
    public DispatcherType getDispatcherType() {
      return DispatcherType.REQUEST;
    }

    @Override
    public String getRemoteAddr() {
      return "192.0.2.77";
    }

    @Override
    public String getMethod() {
      return "GET";
    }

    @Override
    public String getRequestURI() {
      return "/lessons/42";
    }

    @Override
    public String getQueryString() {
      return "lang=zh&level=3";
    }

    @Override
    public @Nullable String getHeader(String name) {
      return null;
    }

    @Override
    public ServletContext getServletContext() {
      return CONTEXT;
    }

    @Override
    public String getServletPath() {
      return "/lessons/42";
    }

    @Override
    public @Nullable String getPathInfo() {
      return null;
    }

    @Override
    public long getContentLengthLong() {
      return -1;
    }

    @Override
    public String getProtocol() {
      return "HTTP/1.1";
    }

    @Override
    public boolean isAsyncStarted() {
      return false;
    }
  }

  private static final class Response extends HttpServletResponseWrapper {
    Response() {
      super(unused(HttpServletResponse.class));
    }

    @Override
    public boolean isCommitted() {
      return false;
    }

    @Override
    public void flushBuffer() {}

    @Override
    public int getStatus() {
      return 200;
    }
  }

  private static final class AllowAll implements Guard {
    @Override
    public String name() {
      return "allow-all";
    }

    @Override
    public Set<Stage> stages() {
      return EnumSet.allOf(Stage.class);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return request.rawTarget().isEmpty() || request.path().isEmpty()
          ? Verdict.delayNanos(1)
          : Verdict.allow();
    }
  }
}
