// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.api.tck.RecordingGuard;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Behaviour specific to servlets, in each container. */
@Timeout(60)
class GatewayFilterTest {
  private static final Rejection LIMITED =
      Rejection.builder(429, "rate_limited", "Too Many Requests")
          .retryAfter(Duration.ofSeconds(2))
          .build();

  private @Nullable TckServer server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private void start(
      Container container, EnumSet<DispatcherType> types, boolean async, Filter... filters)
      throws Exception {
    server =
        container.start(context -> {
          for (int i = 0; i < filters.length; i++) {
            FilterRegistration.Dynamic filter = context.addFilter("filter" + i, filters[i]);
            filter.setAsyncSupported(async);
            filter.addMappingForUrlPatterns(types, true, "/*");
          }
          ServletRegistration.Dynamic servlet =
              context.addServlet("dispatching", new DispatchingServlet());
          servlet.setAsyncSupported(true);
          servlet.addMapping("/*");
        });
  }

  private RawClient connect() throws IOException {
    return new RawClient(requireNonNull(server).port());
  }

  private RawResponse get(String target) throws IOException {
    try (RawClient client = connect()) {
      return client.send("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n").read();
    }
  }

  @ParameterizedTest
  @EnumSource
  void dispatches_areCountedOnce(Container container) throws Exception {
    for (EnumSet<DispatcherType> types :
        List.of(EnumSet.of(DispatcherType.REQUEST), EnumSet.allOf(DispatcherType.class))) {
      for (long delay : new long[] {0, 1_000_000}) {
        var guards = new ArrayList<RecordingGuard>();
        GuardSelector selector =
            request -> {
              var guard = RecordingGuard.answering(Verdict.delayNanos(delay));
              guards.add(guard);
              return GuardChain.of(guard);
            };
        var expected =
            Map.of(
                "/forward", "SERVED 200",
                "/include", "SERVED 200",
                "/dispatch", "SERVED 200",
                "/complete", "SERVED 200",
                "/error", "SERVED 404",
                "/limited", "SERVED 429",
                "/redirect", "SERVED 302",
                "/writer", "SERVED 200",
                "/reset", "SERVED 200",
                "/timeout", "FAILED 500");
        boolean parking = delay > 0 && types.size() > 1;
        start(
            container,
            types,
            true,
            GatewayFilter.builder().guards(selector).parking(parking).build());
        for (Map.Entry<String, String> each : expected.entrySet()) {
          guards.clear();
          String what = container + " " + types + " " + delay + " " + each.getKey();
          RawResponse response = get(each.getKey());
          await().alias(what).until(() -> !guards.isEmpty() && !guards.get(0).ends().isEmpty());
          assertThat(guards).as(what).hasSize(1);
          List<String> seen = guards.get(0).seen();
          assertThat(seen).as(what).first().isEqualTo("head GET " + each.getKey());
          assertThat(guards.get(0).ends()).as(what).containsExactly(each.getValue());
          if (!each.getKey().equals("/timeout")) {
            assertThat(response.status())
                .as(what)
                .isEqualTo(Integer.parseInt(each.getValue().substring(7)));
          }
          if (!List.of("/timeout", "/include")
              .contains(each.getKey())) { // an included servlet sets none
            assertThat(response.all("X-Guarded")).as(what).containsExactly("yes");
          }
        }
        stop();
        server = null;
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void delayedRequest_isIndistinguishableForTheApplication(Container container) throws Exception {
    var delay = new long[1];
    GuardSelector selector =
        request -> GuardChain.of(RecordingGuard.answering(Verdict.delayNanos(delay[0])));
    start(
        container,
        EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC),
        true,
        GatewayFilter.builder().guards(selector).parking(true).build());
    for (String target :
        List.of("/", "/a/b?q=1", "/a%20b/c;v=1?q=%27&q=2", "/%E4%BD%A0", "/own-timeout", "/x?")) {
      delay[0] = 0;
      RawResponse direct = get(target);
      delay[0] = 1_000_000;
      RawResponse delayed = get(target);
      assertThat(delayed.status()).as(target).isEqualTo(direct.status());
      assertThat(delayed.body()).as(target).isEqualTo(direct.body());
    }
  }

  @ParameterizedTest
  @EnumSource
  void rejections_canBeSentAsErrors(Container container) throws Exception {
    for (boolean parked : new boolean[] {false, true}) {
      RecordingGuard guard = rejecting(parked);
      start(
          container,
          EnumSet.allOf(DispatcherType.class),
          true,
          GatewayFilter.builder()
              .guards(GuardSelector.always(GuardChain.of(guard)))
              .rejections(RejectionHandler.sendingError())
              .parking(parked)
              .build());
      RawResponse response = get("/");
      assertThat(response.status()).isEqualTo(429);
      assertThat(response.header("Retry-After")).isEqualTo("2");
      assertThat(response.body()).startsWith(Container.ERROR_PAGE); // the application's page
      await().until(() -> guard.ends().equals(List.of("REJECTED 429")));
      stop();
      server = null;
    }
  }

  /** Rejects immediately, or after a wait. */
  private static RecordingGuard rejecting(boolean waits) {
    return RecordingGuard.judging(request -> {
      var later = new CompletableFuture<Verdict>();
      if (waits) {
        CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS)
            .execute(() -> later.complete(Verdict.reject(LIMITED)));
        return Verdict.pending(later);
      }
      return Verdict.reject(LIMITED);
    });
  }

  @ParameterizedTest
  @EnumSource
  void rejections_canBeThrown(Container container) throws Exception {
    Filter handling =
        (request, response, chain) -> {
          try {
            chain.doFilter(request, response);
          } catch (RequestRejectedException e) {
            response.getOutputStream().print("handled " + e.rejection().status());
          }
        };
    for (boolean waits : new boolean[] {false, true}) {
      RecordingGuard guard = rejecting(waits);
      start(
          container,
          EnumSet.of(DispatcherType.REQUEST),
          true,
          handling,
          GatewayFilter.builder()
              .guards(GuardSelector.always(GuardChain.of(guard)))
              .rejections(RejectionHandler.throwing())
              .build());
      RawResponse response = get("/");
      assertThat(response.body()).startsWith("handled 429");
      assertThat(response.header("Retry-After")).isEqualTo("2");
      await().until(() -> guard.ends().equals(List.of("REJECTED 429")));
      stop();
      server = null;
    }
  }

  @ParameterizedTest
  @EnumSource
  void waiting_needsNoAsyncSupport(Container container) throws Exception {
    for (boolean parking : new boolean[] {false, true}) {
      var guard = RecordingGuard.answering(Verdict.delayNanos(1_000_000));
      start(
          container,
          EnumSet.of(DispatcherType.REQUEST),
          false,
          GatewayFilter.builder().guards(GuardChain.of(guard)).parking(parking).build());
      assertThat(get("/").status()).isEqualTo(200);
      await().until(() -> guard.ends().equals(List.of("SERVED 200")));
      stop();
      server = null;
    }
  }

  @ParameterizedTest
  @EnumSource
  void waiting_passesAllFilters_andIsBounded(Container container) throws Exception {
    var decision = new CompletableFuture<Verdict>();
    var guard =
        RecordingGuard.judging(request ->
            request.path().equals("/delay")
                ? Verdict.delayNanos(1_000_000)
                : Verdict.pending(decision));
    Filter behind =
        (request, response, chain) -> {
          ((HttpServletResponse) response).setHeader("X-Behind", "yes");
          chain.doFilter(request, response);
        };
    GatewayFilter filter =
        GatewayFilter.builder()
            .guards(GuardChain.of(guard))
            .parking(true) // another filter is there, so it has no effect
            .maxWaitingThreads(1)
            .build();
    start(container, EnumSet.of(DispatcherType.REQUEST), true, filter, behind);
    assertThat(get("/delay").header("X-Behind")).isEqualTo("yes");
    try (RawClient waiting = connect()) {
      waiting.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
      await().until(() -> filter.waits().waitingThreads() == 1);
      RawResponse refused = get("/other");
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("Retry-After")).isEqualTo("1");
      assertThat(filter.waits()).isEqualTo(new WaitStats(1, 1, 1));
      decision.complete(Verdict.allow());
      assertThat(waiting.read().header("X-Behind")).isEqualTo("yes");
    }
    assertThat(filter.waits()).isEqualTo(new WaitStats(0, 0, 1));
  }

  @ParameterizedTest
  @EnumSource
  void parkedRequests_areBounded(Container container) throws Exception {
    var decision = new CompletableFuture<Verdict>();
    GatewayFilter filter =
        GatewayFilter.builder()
            .guards(GuardChain.of(RecordingGuard.answering(Verdict.pending(decision))))
            .parking(true)
            .maxWaiting(1)
            .build();
    start(container, EnumSet.of(DispatcherType.REQUEST), true, filter);
    try (RawClient waiting = connect()) {
      waiting.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      await().until(() -> filter.waits().equals(new WaitStats(1, 0, 0)));
      assertThat(get("/").status()).isEqualTo(503);
      decision.complete(Verdict.allow());
      assertThat(waiting.read().status()).isEqualTo(200);
    }
    assertThat(filter.waits()).isEqualTo(new WaitStats(0, 0, 1));
  }

  /** A second filter of this class is passed by the dispatch, too. */
  @ParameterizedTest
  @EnumSource
  void twoFilters_thatWait_neverPark(Container container) throws Exception {
    var inner = RecordingGuard.answering(Verdict.reject(LIMITED));
    GatewayFilter outer =
        GatewayFilter.builder()
            .guards(GuardChain.of(RecordingGuard.answering(Verdict.delayNanos(1_000_000))))
            .parking(true)
            .build();
    start(
        container,
        EnumSet.of(DispatcherType.REQUEST),
        true,
        outer,
        GatewayFilter.of(GuardChain.of(inner)));
    assertThat(get("/").status()).isEqualTo(429);
  }

  /** In the pass after the wait, and in those that the application starts. */
  @ParameterizedTest
  @EnumSource
  void dispatcherType_isThatOfAnUndelayedRequest(Container container) throws Exception {
    for (boolean parking : new boolean[] {false, true}) {
      var delay = new long[1];
      GuardSelector selector =
          request -> GuardChain.of(RecordingGuard.answering(Verdict.delayNanos(delay[0])));
      start(
          container,
          EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC),
          true,
          GatewayFilter.builder().guards(selector).parking(parking).build());
      for (String target : List.of("/type", "/type/dispatch")) {
        delay[0] = 0;
        String direct = get(target).body();
        delay[0] = 1_000_000;
        assertThat(get(target).body()).as("%s, parking %s", target, parking).isEqualTo(direct);
      }
      stop();
      server = null;
    }
  }

  /**
   * The filter is not mapped to the path of the request, but to that of its forward or dispatch.
   */
  @ParameterizedTest
  @EnumSource
  void requestsForwardedFromAnotherPath_areGuarded(Container container) throws Exception {
    server =
        container.start(context -> {
          var guard = RecordingGuard.answering(Verdict.reject(LIMITED));
          FilterRegistration.Dynamic filter =
              context.addFilter("gateway", GatewayFilter.of(GuardChain.of(guard)));
          filter.setAsyncSupported(true);
          filter.addMappingForUrlPatterns(EnumSet.allOf(DispatcherType.class), true, "/target");
          ServletRegistration.Dynamic servlet =
              context.addServlet("dispatching", new DispatchingServlet());
          servlet.setAsyncSupported(true);
          servlet.addMapping("/*");
        });
    assertThat(get("/elsewhere").status()).isEqualTo(200);
    assertThat(get("/target").status()).isEqualTo(429);
    assertThat(get("/forward").status()).isEqualTo(429);
    assertThat(get("/dispatch").status()).isEqualTo(429);
  }

  @ParameterizedTest
  @EnumSource
  void closedFilter_parkedRequestsContinue(Container container) throws Exception {
    var guard = RecordingGuard.answering(Verdict.delayNanos(Duration.ofMillis(200).toNanos()));
    var filter = GatewayFilter.builder().guards(GuardChain.of(guard)).parking(true).build();
    start(container, EnumSet.of(DispatcherType.REQUEST), true, filter);
    try (RawClient parked = connect()) {
      parked.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      await().until(() -> !guard.seen().isEmpty());
      filter.close();
      assertThat(parked.read().status()).isEqualTo(200);
      assertThat(get("/").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @EnumSource
  void twoFilters_bothGuard(Container container) throws Exception {
    var outer = RecordingGuard.answering(Verdict.delayNanos(1_000_000));
    var inner = RecordingGuard.answering(Verdict.delayNanos(1_000_000));
    start(
        container,
        EnumSet.allOf(DispatcherType.class),
        true,
        GatewayFilter.of(GuardChain.of(outer)),
        GatewayFilter.of(GuardChain.of(inner)));
    assertThat(get("/").status()).isEqualTo(200);
    await().until(() -> outer.ends().size() == 1 && inner.ends().size() == 1);
    assertThat(outer.ends()).containsExactly("SERVED 200");
    assertThat(inner.ends()).containsExactly("SERVED 200");
  }
}
