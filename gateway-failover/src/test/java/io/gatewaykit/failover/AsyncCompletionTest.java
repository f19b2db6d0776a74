// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An asynchronous execution completes and ends its leases whatever code of the user does. */
class AsyncCompletionTest {
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final ManualTicker ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);

  private FailoverGroupBuilder<String> builder(RetryPolicy retry) {
    return FailoverGroup.<String>builder("async")
        .line(Line.of("a", 0, Endpoint.of("1", "1"), Endpoint.of("2", "2"), Endpoint.of("3", "3")))
        .retry(retry)
        .ticker(ticker)
        .scheduler(scheduler)
        .seed(1);
  }

  private FailoverGroup<String> group(RetryPolicy.Builder retry) {
    return builder(retry.build()).build();
  }

  private static <R> CompletableFuture<R> failed() {
    return CompletableFuture.failedFuture(new IOException("reset"));
  }

  private static void assertNothingInFlight(FailoverGroup<String> group) {
    assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isZero();
  }

  private static Throwable failure(CompletableFuture<?> result) {
    assertThat(result).isDone();
    Throwable thrown = catchThrowable(result::get);
    return thrown instanceof ExecutionException e && e.getCause() != null ? e.getCause() : thrown;
  }

  @Test
  @SuppressWarnings("NullAway") // tests an incorrect call
  void call_returnsNull_isAFailureOfEachAttempt() {
    try (FailoverGroup<String> group = group(RetryPolicy.builder().maxAttempts(2))) {
      CompletableFuture<String> result = group.executeAsync(true, WITHIN, lease -> null);
      assertThat(failure(result))
          .isInstanceOf(NullPointerException.class)
          .hasMessageContaining("stage");
      assertNothingInFlight(group);
    }
  }

  @Test
  void call_throwsAnError_completesWithIt() {
    try (FailoverGroup<String> group = group(RetryPolicy.builder())) {
      CompletableFuture<String> result =
          group.executeAsync(
              true,
              WITHIN,
              lease -> {
                throw new StackOverflowError();
              });
      assertThat(failure(result)).isInstanceOf(StackOverflowError.class);
      assertNothingInFlight(group);
    }
  }

  @Test
  void call_stageIsCancelled_completesAndIsNotRetried() {
    try (FailoverGroup<String> group = group(RetryPolicy.builder())) {
      var calls = new ArrayList<CompletableFuture<String>>();
      CompletableFuture<String> result =
          group.executeAsync(
              true,
              WITHIN,
              lease -> {
                var call = new CompletableFuture<String>();
                calls.add(call);
                return call;
              });
      calls.get(0).cancel(false);
      assertThat(failure(result)).isInstanceOf(CancellationException.class);
      assertThat(calls).hasSize(1);
      assertThat(group.snapshot().lines().get(0).traffic().failures()).isZero();
      assertNothingInFlight(group);
    }
  }

  @Test
  void backoff_deadlineBeforeItsEnd_completesWithTheFailureImmediately() {
    var backoff = Duration.ofSeconds(30);
    try (FailoverGroup<String> group =
        group(RetryPolicy.builder().backoff(backoff, backoff).random(() -> 0.99))) {
      CompletableFuture<String> result = group.executeAsync(true, WITHIN, lease -> failed());
      assertThat(failure(result)).hasMessage("reset");
      assertThat(scheduler.waiting()).isZero();
    }
  }

  @Test
  void backoff_deadlineDuringAnAttemptAfterIt_completesAtTheDeadline() {
    var backoff = Duration.ofSeconds(4);
    try (FailoverGroup<String> group =
        group(RetryPolicy.builder().backoff(backoff, backoff).random(() -> 0.99))) {
      var calls = new ArrayList<String>();
      CompletableFuture<String> result =
          group.executeAsync(
              true,
              WITHIN,
              lease -> {
                calls.add(lease.payload());
                return calls.size() == 1 ? failed() : new CompletableFuture<>();
              });
      scheduler.advance(Duration.ofMillis(9_900));
      assertThat(result).isNotDone();
      scheduler.advance(Duration.ofMillis(200));
      assertThat(failure(result)).isInstanceOf(TimeoutException.class);
      assertThat(calls).hasSize(2);
      assertNothingInFlight(group);
    }
  }

  @Test
  void revisit_backoffBeyondTheDeadline_completesImmediately() {
    var backoff = Duration.ofSeconds(6);
    try (FailoverGroup<String> group =
        group(
            RetryPolicy.builder()
                .maxAttempts(10)
                .backoff(backoff, backoff)
                .random(() -> 0.99)
                .revisit())) {
      CompletableFuture<String> result = group.executeAsync(true, WITHIN, lease -> failed());
      scheduler.advance(Duration.ofSeconds(6));
      assertThat(failure(result)).as("a third attempt would start after 12 s").hasMessage("reset");
      assertThat(ticker.read()).isEqualTo(Duration.ofSeconds(7).toNanos());
    }
  }

  @Test
  void scheduler_rejectsTheTimers_completesAndCancelsTheCall() {
    ScheduledExecutorService closed = Executors.newSingleThreadScheduledExecutor();
    closed.shutdownNow();
    var call = new CompletableFuture<String>();
    try (FailoverGroup<String> group =
        FailoverGroup.<String>builder("closed")
            .line(Line.of("a", 0, Endpoint.of("1", "1")))
            .scheduler(closed)
            .build()) {
      CompletableFuture<String> result = group.executeAsync(true, WITHIN, lease -> call);
      assertThat(result).isCompletedExceptionally();
      assertThat(call).isCancelled();
      assertNothingInFlight(group);
    }
  }

  @Test
  void executorOfTheCall_rejects_countsAgainstNoEndpoint() {
    try (FailoverGroup<String> group = group(RetryPolicy.builder())) {
      CompletableFuture<String> result =
          group.executeAsync(
              true,
              WITHIN,
              lease -> {
                throw new RejectedExecutionException("pool is full");
              });
      assertThat(failure(result)).isInstanceOf(RejectedExecutionException.class);
      assertThat(group.snapshot().lines().get(0).traffic().failures()).isZero();
      assertNothingInFlight(group);
    }
  }

  @Test
  void randomOfTheBackoff_throws_completesWithIt() {
    var second = Duration.ofSeconds(1);
    try (FailoverGroup<String> group =
        group(
            RetryPolicy.builder()
                .backoff(second, second)
                .random(() -> {
                  throw new IllegalStateException("no entropy");
                }))) {
      CompletableFuture<String> result = group.executeAsync(true, WITHIN, lease -> failed());
      assertThat(failure(result)).hasMessage("no entropy");
      assertNothingInFlight(group);
      assertThatThrownBy(() ->
              group.execute(
                  true,
                  lease -> {
                    throw new IOException("reset");
                  }))
          .hasMessage("no entropy");
    }
  }

  @Test
  void report_throws_completesAndEndsTheLease() {
    OutcomeReport throwing =
        (id, outcome, status, nanos) -> {
          throw new IllegalStateException("no disk");
        };
    try (FailoverGroup<String> group = builder(RetryPolicy.defaults()).report(throwing).build()) {
      CompletableFuture<String> served =
          group.executeAsync(true, WITHIN, lease -> CompletableFuture.completedFuture("fine"));
      assertThat(served).isDone();
      CompletableFuture<String> failed = group.executeAsync(true, WITHIN, lease -> failed());
      assertThat(failed).isDone();
      assertNothingInFlight(group);
    }
  }

  @Test
  void listener_throws_completesAndEndsTheLease() {
    FailoverListener throwing =
        new FailoverListener() {
          @Override
          public void onEjection(EjectionEvent event) {
            throw new IllegalStateException("no disk");
          }

          @Override
          public void onPanic(PanicEvent event) {
            throw new IllegalStateException("no disk");
          }
        };
    try (FailoverGroup<String> group =
        builder(RetryPolicy.defaults())
            .listener(throwing)
            .endpoints(EndpointPolicy.builder().maxFails(1).build())
            .build()) {
      for (int i = 0; i < 5; i++) {
        ticker.advance(Duration.ofSeconds(1));
        CompletableFuture<String> result = group.executeAsync(true, WITHIN, lease -> failed());
        assertThat(failure(result)).hasMessage("reset");
      }
      assertNothingInFlight(group);
    }
  }

  @Test
  void outcomes_throwsForAHedge_completesAndEndsAllLeases() {
    RetryPolicy.Builder retry =
        RetryPolicy.builder()
            .hedge(RetryPolicy.Hedge.after(Duration.ofMillis(50)).withBudget(1))
            .outcomes(failure -> {
              throw new IllegalArgumentException("unknown failure");
            });
    try (FailoverGroup<String> group = group(retry)) {
      var calls = new ArrayList<CompletableFuture<String>>();
      CompletableFuture<String> result =
          group.executeAsync(
              true,
              WITHIN,
              lease -> {
                var call = new CompletableFuture<String>();
                calls.add(call);
                return call;
              });
      scheduler.advance(Duration.ofMillis(60));
      assertThat(calls).hasSize(2);
      calls.get(1).completeExceptionally(new IOException("reset"));
      assertThat(failure(result)).hasMessage("unknown failure");
      assertThat(calls.get(0)).isCancelled();
      assertNothingInFlight(group);
    }
  }

  /** In every interleaving of the start, the completion and the close of the group. */
  @Tag("stress")
  @Test
  void close_concurrentWithTheStart_completesEveryRequest() throws Exception {
    for (int i = 0; i < 500; i++) {
      FailoverGroup<String> group =
          FailoverGroup.<String>builder("closing")
              .line(Line.of("a", 0, Endpoint.of("1", "1")))
              .build();
      var start = new CountDownLatch(1);
      var closer =
          CompletableFuture.runAsync(() -> {
            awaitUninterruptibly(start);
            group.close();
          });
      var results = new ArrayList<CompletableFuture<String>>();
      start.countDown();
      for (int request = 0; request < 20; request++) {
        results.add(group.executeAsync(true, WITHIN, lease -> new CompletableFuture<>()));
      }
      closer.get(20, TimeUnit.SECONDS);
      for (CompletableFuture<String> result : results) {
        assertThat(catchThrowable(() -> result.get(20, TimeUnit.SECONDS)))
            .isInstanceOf(CancellationException.class);
      }
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void result_completesImmediately_isNotRegistered() {
    try (FailoverGroup<String> group = group(RetryPolicy.builder())) {
      assertThat(group.executeAsync(true, WITHIN, lease -> failed())).isDone();
      assertThat(group.inFlight()).isZero();
      CompletableFuture<String> open =
          group.executeAsync(true, WITHIN, lease -> new CompletableFuture<>());
      assertThat(group.inFlight()).isEqualTo(1);
      assertThat(open.cancel(false)).isTrue();
      assertThat(group.inFlight()).isZero();
    }
  }
}
