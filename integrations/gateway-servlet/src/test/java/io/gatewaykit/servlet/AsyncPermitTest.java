// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Asynchronous applications behind a guard that holds a permit from the head to the completion. In
 * each {@link AsyncWay}, the permit is held during every pass of the application, and released
 * once.
 */
@Timeout(120)
class AsyncPermitTest {

  /** A filter before the tested one, whose request runs a task between two calls of the filter. */
  private static final class Pausing implements Filter {
    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      chain.doFilter(
          new HttpServletRequestWrapper((HttpServletRequest) request) {
            @Override
            public AsyncContext getAsyncContext() {
              AsyncContext context = super.getAsyncContext();
              if (getAttribute(AsyncWay.TASK) instanceof Runnable task) {
                removeAttribute(AsyncWay.TASK);
                AsyncWay.join(task);
              }
              return context;
            }
          },
          response);
    }
  }

  /** Holds one permit for each request from its head to its completion. */
  private static final class PermitGuard implements Guard {
    final AtomicInteger held = new AtomicInteger();
    final AtomicInteger released = new AtomicInteger();

    @Override
    public String name() {
      return "permit";
    }

    @Override
    public Set<Stage> stages() {
      return Set.of(Stage.HEAD, Stage.COMPLETION);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      held.incrementAndGet();
      return Verdict.allow();
    }

    @Override
    public void onComplete(GatewayRequest request, Completion completion) {
      held.decrementAndGet();
      released.incrementAndGet();
    }
  }

  private static final class Application extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient PermitGuard guard;
    private final AsyncWay way;
    final transient List<Integer> heldAtPasses = new CopyOnWriteArrayList<>();
    private final AtomicInteger passes = new AtomicInteger();

    Application(PermitGuard guard, AsyncWay way) {
      this.guard = guard;
      this.way = way;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException, ServletException {
      heldAtPasses.add(guard.held.get());
      way.pass(new AsyncWay.Call(request, response), passes.incrementAndGet());
    }
  }

  static Stream<Arguments> ways() {
    return Stream.of(Container.values())
        .flatMap(container ->
            Stream.of(AsyncWay.values())
                .filter(
                    way -> container != Container.UNDERTOW || way != AsyncWay.DISPATCH_AT_THE_ERROR)
                .map(way -> Arguments.of(container, way)));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void permit_isHeldInEachPass_andReleasedOnce(Container container, AsyncWay way) throws Exception {
    var guard = new PermitGuard();
    var application = new Application(guard, way);
    GatewayFilter filter = GatewayFilter.of(GuardChain.of(guard));
    try (TckServer server =
            container.start(context -> {
              FilterRegistration.Dynamic pausing = context.addFilter("pausing", new Pausing());
              pausing.setAsyncSupported(true);
              pausing.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
              FilterRegistration.Dynamic gateway = context.addFilter("gateway", filter);
              gateway.setAsyncSupported(true);
              gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
              ServletRegistration.Dynamic servlet = context.addServlet("application", application);
              servlet.setAsyncSupported(true);
              servlet.addMapping("/*");
            });
        var client = new RawClient(server.port())) {
      client.send("POST /start HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n");
      client.send(way == AsyncWay.READ_LISTENER_AND_TIMEOUT ? "part" : "0123456789");
      int status = client.read().status();
      boolean fails = way.name().startsWith("EXCEPTION") || way == AsyncWay.TIMEOUT;
      int expected = way == AsyncWay.ERROR_PAGE_OF_A_DISPATCH ? Container.ERROR_PAGE_STATUS : 200;
      if (way == AsyncWay.DISPATCH_AT_THE_ERROR) {
        assertThat(status).isIn(200, 500);
      } else {
        assertThat(status).isEqualTo(fails ? 500 : expected);
      }
      await().untilAsserted(() -> assertThat(guard.released).hasValue(1));
    }
    assertThat(application.heldAtPasses).hasSizeGreaterThanOrEqualTo(way.passes);
    List<Integer> passes =
        way == AsyncWay.ERROR_PAGE_OF_A_DISPATCH
            ? application.heldAtPasses.subList(0, way.passes)
            : application.heldAtPasses;
    assertThat(passes).containsOnly(1);
    assertThat(guard.held).hasValue(0);
    assertThat(guard.released).hasValue(1);
  }
}
