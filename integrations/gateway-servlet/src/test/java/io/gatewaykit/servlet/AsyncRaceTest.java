// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An application that completes a request on another thread while the filter returns. */
@Timeout(60)
class AsyncRaceTest {
  /**
   * Records the completions. Inspects bodies if it is configured to, so that the request is
   * wrapped.
   */
  private static final class Recorder implements Guard {
    private final boolean readsBody;
    private final List<String> ends = new CopyOnWriteArrayList<>();

    Recorder(boolean readsBody) {
      this.readsBody = readsBody;
    }

    @Override
    public String name() {
      return "recorder";
    }

    @Override
    public Set<Stage> stages() {
      return EnumSet.of(Stage.HEAD, Stage.BODY, Stage.COMPLETION);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.allow();
    }

    @Override
    public @Nullable BodyInspector inspectBody(GatewayRequest request) {
      return !readsBody
          ? null
          : new BodyInspector() {
            @Override
            public int holdBytes() {
              return 100;
            }

            @Override
            public @Nullable Rejection onBytes(ByteBuffer bytes) {
              return null;
            }

            @Override
            public Verdict onHeld(boolean complete) {
              return Verdict.allow();
            }
          };
    }

    @Override
    public void onComplete(GatewayRequest request, Completion completion) {
      ends.add(completion.kind() + " " + completion.status());
    }
  }

  /** Completes asynchronously once the test permits it. */
  private static final class SlowServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private final transient CountDownLatch mayComplete = new CountDownLatch(1);
    private final transient CountDownLatch completed = new CountDownLatch(1);

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) {
      AsyncContext context = request.startAsync();
      new Thread(
              () -> {
                try {
                  mayComplete.await();
                  response.getWriter().print("done");
                  context.complete();
                } catch (Exception e) {
                  throw new AssertionError(e);
                } finally {
                  completed.countDown();
                }
              })
          .start();
    }

    /** Permits the other thread to complete, and waits for the completion. */
    void complete() {
      mayComplete.countDown();
      try {
        completed.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "JETTY,true",
    "JETTY,false",
    "TOMCAT,true",
    "TOMCAT,false",
    "UNDERTOW,true",
    "UNDERTOW,false"
  })
  void completionWhileTheFilterReturns_isServedAndReportedOnce(
      Container container, boolean readsBody) throws Exception {
    var recorder = new Recorder(readsBody);
    var application = new SlowServlet();
    GatewayFilter gateway = GatewayFilter.builder().guards(GuardChain.of(recorder)).build();
    // The filter sees the request as started, and the other thread completes it before the next
    // step.
    Filter completing =
        (request, response, chain) ->
            chain.doFilter(
                new HttpServletRequestWrapper((HttpServletRequest) request) {
                  @Override
                  public boolean isAsyncStarted() {
                    boolean started = super.isAsyncStarted();
                    if (started) {
                      application.complete();
                    }
                    return started;
                  }
                },
                response);
    try (TckServer server =
        container.start(
            context -> {
              for (var filter : List.of(completing, gateway)) {
                FilterRegistration.Dynamic registered =
                    context.addFilter(filter == gateway ? "gateway" : "completing", filter);
                registered.setAsyncSupported(true);
                registered.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, "/*");
              }
              ServletRegistration.Dynamic servlet = context.addServlet("slow", application);
              servlet.setAsyncSupported(true);
              servlet.addMapping("/*");
            },
            false)) {
      try (var client = new RawClient(server.port())) {
        RawResponse response =
            client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody").read();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("done");
      }
      await().until(() -> !recorder.ends.isEmpty());
    }
    assertThat(recorder.ends).containsExactly("SERVED 200");
  }
}
