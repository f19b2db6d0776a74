// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.AdaptiveLimit;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthChangeListener;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.Subscription;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class EndpointQueueTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  private final ScriptedHealth health = new ScriptedHealth();
  private final List<String> called = new ArrayList<>();
  private final List<CompletableFuture<String>> calls = new ArrayList<>();

  private FailoverGroupBuilder<String> builder(int maxInFlight, Duration timeout, int maxWaiting) {
    return FailoverGroup.<String>builder("g")
        .line(Line.of("a", 0, Endpoint.of("a0", "a0")))
        .endpoints(
            EndpointPolicy.builder().maxInFlight(maxInFlight).queue(timeout, maxWaiting).build())
        .ticker(ticker)
        .scheduler(scheduler)
        .health(health)
        .seed(1);
  }

  private void start(FailoverGroup<String> group, String name) {
    CompletableFuture<String> unused = request(group, name);
  }

  private CompletableFuture<String> request(FailoverGroup<String> group, String name) {
    return group.executeAsync(
        true,
        LONG,
        lease -> {
          called.add(name);
          var call = new CompletableFuture<String>();
          calls.add(call);
          return call;
        });
  }

  @Test
  void requests_allFull_areServedInOrderOfArrival() {
    try (FailoverGroup<String> group = builder(1, LONG, 10).build()) {
      for (String name : List.of("1", "2", "3")) {
        start(group, name);
      }
      assertThat(called).containsExactly("1");
      assertThat(group.snapshot().waiting().requests()).isEqualTo(2);
      calls.get(0).complete("done");
      assertThat(called).containsExactly("1", "2");
      start(group, "4"); // does not overtake 3
      calls.get(1).complete("done");
      assertThat(called).containsExactly("1", "2", "3");
      calls.get(2).complete("done");
      assertThat(called).containsExactly("1", "2", "3", "4");
      assertThat(group.snapshot().waiting().requests()).isZero();
    }
  }

  @Test
  void requests_responseOfAnotherStarts_areServed() {
    try (FailoverGroup<String> group = builder(1, LONG, 10).build()) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      start(group, "1");
      assertThat(called).isEmpty();
      lease.responseStarted();
      assertThat(called).containsExactly("1");
    }
  }

  @Test
  void wait_longerThanTheTimeout_failsAndIsNoFailureOfAnEndpoint() {
    try (FailoverGroup<String> group = builder(1, Duration.ofMillis(200), 10).build()) {
      start(group, "1");
      CompletableFuture<String> second = request(group, "2");
      scheduler.advance(Duration.ofMillis(199));
      assertThat(second).isNotDone();
      scheduler.advance(Duration.ofMillis(21));
      assertThatThrownBy(second::join)
          .hasCauseInstanceOf(NoEndpointException.class)
          .hasMessageContaining("group g has no available endpoint after waiting in the queue");
      assertThat(group.snapshot().waiting().timedOut()).isEqualTo(1);
      assertThat(group.snapshot().exhausted()).isEqualTo(1);
      calls.get(0).complete("done");
      assertThat(group.snapshot().lines().get(0).traffic().failures()).isZero();
    }
  }

  @Test
  void wait_endsWithTheDeadlineOfTheRequest() {
    try (FailoverGroup<String> group = builder(1, LONG, 10).build()) {
      start(group, "1");
      CompletableFuture<String> second =
          group.executeAsync(
              true, Duration.ofMillis(100), lease -> CompletableFuture.completedFuture("served"));
      scheduler.advance(Duration.ofMillis(121));
      assertThat(second).isCompletedExceptionally();
    }
  }

  @Test
  void queue_full_rejectsImmediately() {
    try (FailoverGroup<String> group = builder(1, LONG, 2).build()) {
      for (String name : List.of("1", "2", "3")) {
        start(group, name);
      }
      assertThatThrownBy(request(group, "4")::join).hasMessageContaining("queue is full");
      assertThat(group.snapshot().waiting()).isEqualTo(new GroupSnapshot.Waiting(2, 0, 1));
    }
  }

  @Test
  void cancelledWait_leavesTheQueue() {
    try (FailoverGroup<String> group = builder(1, LONG, 2).build()) {
      start(group, "1");
      CompletableFuture<String> second = request(group, "2");
      start(group, "3");
      assertThat(second.cancel(false)).isTrue();
      assertThat(group.snapshot().waiting().requests()).isEqualTo(1);
      calls.get(0).complete("done");
      assertThat(called).containsExactly("1", "3");
    }
  }

  @Test
  void closedGroup_endsTheWait() {
    FailoverGroup<String> group = builder(1, LONG, 2).build();
    start(group, "1");
    CompletableFuture<String> second = request(group, "2");
    group.close();
    assertThat(second).isCompletedExceptionally();
    assertThat(group.snapshot().waiting().requests()).isZero();
  }

  @Test
  void rejectedByPanicMode_isServedAfterRecovery() {
    try (FailoverGroup<String> group =
        builder(1, LONG, 2)
            .lines(
                LinePolicy.builder()
                    .panic(PanicMode.REJECT, 0.5)
                    .switcher(LineSwitcher.immediate())
                    .build())
            .build()) {
      health.set("a0", Health.UNHEALTHY);
      start(group, "1");
      scheduler.advance(Duration.ofSeconds(3));
      assertThat(called).isEmpty();
      health.set("a0", Health.HEALTHY);
      scheduler.advance(Duration.ofSeconds(2));
      assertThat(called).containsExactly("1");
    }
  }

  @Test
  void emptyGroup_requestIsServedByTheFirstEndpointAdded() {
    try (FailoverGroup<String> group =
        FailoverGroup.<String>builder("g")
            .lines(LinePolicy.builder().allowEmpty().build())
            .endpoints(EndpointPolicy.builder().queue(LONG, 10).build())
            .ticker(ticker)
            .scheduler(scheduler)
            .build()) {
      start(group, "1");
      group.update(List.of(Line.of("a", 0, Endpoint.of("a0", "a0"))));
      scheduler.advance(Duration.ofMillis(20));
      assertThat(called).containsExactly("1");
    }
  }

  @Test
  void adaptiveLimit_requestsWait() {
    try (FailoverGroup<String> group =
        FailoverGroup.<String>builder("g")
            .line(Line.of("a", 0, Endpoint.of("a0", "a0")))
            .endpoints(
                EndpointPolicy.builder()
                    .adaptiveLimit(() -> AdaptiveLimit.between(2, 1, 100))
                    .queue(LONG, 10)
                    .build())
            .ticker(ticker)
            .scheduler(scheduler)
            .build()) {
      for (String name : List.of("1", "2", "3")) {
        start(group, name);
      }
      assertThat(called).containsExactly("1", "2");
      calls.get(0).complete("done");
      assertThat(called).containsExactly("1", "2", "3");
    }
  }

  @Test
  @Timeout(60) // a request that enters the queue does not select for those before it
  void callsThatCompleteImmediately_doNotRecurse() {
    try (FailoverGroup<String> group = builder(1, LONG, 100_000).build()) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      var served = new AtomicInteger();
      for (int i = 0; i < 20_000; i++) {
        CompletableFuture<?> unused =
            group.executeAsync(
                true,
                LONG,
                any -> {
                  served.incrementAndGet();
                  return CompletableFuture.completedFuture("done");
                });
      }
      assertThat(served.get()).isZero();
      lease.succeed(200);
      assertThat(served.get()).isEqualTo(20_000);
    }
  }

  @Test
  void selectionThatThrows_failsTheRequestOnly() {
    var broken = new AtomicReference<@Nullable RuntimeException>();
    HealthSignal signal =
        new HealthSignal() {
          @Override
          public Health health(String endpointId) {
            return Health.UNKNOWN;
          }

          @Override
          public Subscription subscribe(HealthChangeListener listener) {
            return () -> {};
          }

          @Override
          public boolean tryTrial(String endpointId) {
            RuntimeException failure = broken.get();
            if (failure != null) {
              throw failure;
            }
            return true;
          }
        };
    try (FailoverGroup<String> group =
        FailoverGroup.<String>builder("g")
            .line(Line.of("a", 0, Endpoint.of("a0", "a0")))
            .endpoints(EndpointPolicy.builder().maxInFlight(1).queue(LONG, 10).build())
            .health(signal)
            .ticker(ticker)
            .scheduler(scheduler)
            .build()) {
      start(group, "1");
      CompletableFuture<String> second = request(group, "2");
      broken.set(new IllegalStateException("broken signal"));
      calls.get(0).complete("done");
      assertThatThrownBy(second::join).hasMessageContaining("broken signal");
      broken.set(null);
      start(group, "3");
      assertThat(called).containsExactly("1", "3");
    }
  }

  @Test
  void interruptedWait_leavesTheQueue_andCountsAgainstNoEndpoint() throws Exception {
    try (FailoverGroup<String> group = builder(1, LONG, 10).build()) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      var thrown = new AtomicReference<Throwable>();
      var thread =
          new Thread(() -> {
            try {
              group.execute(true, Lease::payload);
            } catch (Exception e) {
              thrown.set(e);
            }
          });
      thread.start();
      await().until(() -> group.snapshot().waiting().requests() == 1);
      thread.interrupt();
      thread.join(10_000);
      assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
      assertThat(group.snapshot().waiting()).isEqualTo(new GroupSnapshot.Waiting(0, 0, 0));
      lease.succeed(200);
      assertThat(group.snapshot().lines().get(0).traffic().failures()).isZero();
      assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isZero();
    }
  }

  /** No timer ever fires, so that a signal that no thread has noticed would block a thread. */
  @Test
  void manyThreads_noRequestIsLost_andTheLimitHolds() throws Exception {
    int threads = 8;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (FailoverGroup<String> group = builder(2, LONG, 100).build()) {
      var inFlight = new AtomicInteger();
      var most = new AtomicInteger();
      var ends = new ArrayList<Future<?>>();
      for (int thread = 0; thread < threads; thread++) {
        boolean blocking = thread % 2 == 0;
        ends.add(
            pool.submit(() -> {
              for (int i = 0; i < 10_000; i++) {
                Call<String, String> call =
                    lease -> {
                      most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
                      inFlight.decrementAndGet();
                      return "done";
                    };
                if (blocking) {
                  group.execute(true, call);
                } else {
                  group
                      .executeAsync(
                          true, LONG, lease -> CompletableFuture.completedFuture(call.apply(lease)))
                      .get(20, TimeUnit.SECONDS);
                }
              }
              return null;
            }));
      }
      for (Future<?> end : ends) {
        end.get(60, TimeUnit.SECONDS);
      }
      assertThat(most.get()).isBetween(1, 2);
      assertThat(group.snapshot().lines().get(0).traffic().successes()).isEqualTo(80_000);
      assertThat(group.snapshot().waiting()).isEqualTo(new GroupSnapshot.Waiting(0, 0, 0));
    } finally {
      pool.shutdownNow();
    }
  }

  /** Cancellations race with grants: every lease is ended, and the places are free again. */
  @Test
  void cancellationsAndGrants_concurrently_leakNoLease() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try (FailoverGroup<String> group = builder(1, LONG, 100).build()) {
      for (int i = 0; i < 5_000; i++) {
        Lease<String> lease = requireNonNull(group.select(new SelectContext()));
        CompletableFuture<String> waiting =
            group.executeAsync(true, LONG, any -> CompletableFuture.completedFuture("done"));
        Future<?> cancels = pool.submit(() -> waiting.cancel(false));
        Future<?> ends = pool.submit(() -> lease.end(Outcome.SUCCESS, 200));
        cancels.get(10, TimeUnit.SECONDS);
        ends.get(10, TimeUnit.SECONDS);
        assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isZero();
        assertThat(group.snapshot().waiting().requests()).isZero();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void badValues_areRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EndpointPolicy.builder().queue(Duration.ZERO, 1))
        .withMessageContaining("timeout: PT0S (expected: > 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EndpointPolicy.builder().queue(LONG, 0))
        .withMessageContaining("maxWaiting: 0 (expected: 1..1000000)");
  }
}
