// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Executions always complete, in time, and attribute each outcome to the party that caused it. */
class ExecutionEndsTest {
  private final List<String> reports = new ArrayList<>();

  private FailoverGroup<String> group(RetryPolicy policy) {
    return FailoverGroup.<String>builder("shop")
        .line(Line.of("a", 0, Endpoint.of("1", "1"), Endpoint.of("2", "2"), Endpoint.of("3", "3")))
        .retry(policy)
        .report((id, outcome, status, nanos) -> reports.add(outcome.toString()))
        .build();
  }

  private static RetryPolicy outcomes(Function<Throwable, Outcome> outcomes) {
    return RetryPolicy.builder().outcomes(outcomes).build();
  }

  private static Outcome fail(Throwable failure) {
    throw new IllegalArgumentException("no outcome for " + failure.getMessage());
  }

  @Test
  void executeAsync_outcomesThrows_completesAndEndsTheLease() {
    try (FailoverGroup<String> group = group(outcomes(ExecutionEndsTest::fail))) {
      CompletableFuture<String> result =
          group.executeAsync(
              true,
              Duration.ofSeconds(2),
              lease -> CompletableFuture.failedFuture(new IOException("reset")));
      assertThatThrownBy(() -> result.get(4, TimeUnit.SECONDS))
          .cause()
          .hasMessage("no outcome for reset")
          .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessage("reset"));
      assertThat(reports).containsExactly("FAILURE");
      assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isZero();
    }
  }

  @Test
  @SuppressWarnings("NullAway") // tests an incorrect function
  void executeAsync_outcomesReturnsNull_completes() {
    try (FailoverGroup<String> group = group(outcomes(failure -> null))) {
      CompletableFuture<String> result =
          group.executeAsync(
              true,
              Duration.ofSeconds(2),
              lease -> CompletableFuture.failedFuture(new IOException("reset")));
      assertThatThrownBy(() -> result.get(4, TimeUnit.SECONDS))
          .hasCauseInstanceOf(NullPointerException.class);
    }
  }

  @Test
  void execute_outcomesThrows_throwsItAndCountsAFailure() {
    try (FailoverGroup<String> group = group(outcomes(ExecutionEndsTest::fail))) {
      assertThatThrownBy(() ->
              group.execute(
                  true,
                  lease -> {
                    throw new IOException("reset");
                  }))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(reports).containsExactly("FAILURE");
    }
  }

  private static RetryPolicy.Builder backoff() {
    return RetryPolicy.builder()
        .backoff(Duration.ofSeconds(3), Duration.ofSeconds(3))
        .random(() -> 0.99);
  }

  @Test
  void execute_backoffBeyondTheDeadline_endsWithoutWaiting() {
    try (FailoverGroup<String> group = group(backoff().build())) {
      long start = System.nanoTime();
      assertThatThrownBy(() ->
              group.execute(
                  new SelectContext(),
                  Duration.ofMillis(200),
                  lease -> {
                    throw new IOException("reset");
                  }))
          .isInstanceOf(IOException.class);
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(2));
    }
  }

  @Test
  void executeAsync_backoffBeyondTheDeadline_endsWithoutWaiting() {
    try (FailoverGroup<String> group = group(backoff().build())) {
      CompletableFuture<String> result =
          group.executeAsync(
              true,
              Duration.ofMillis(200),
              lease -> CompletableFuture.failedFuture(new IOException("reset")));
      assertThatThrownBy(() -> result.get(2, TimeUnit.SECONDS))
          .hasCauseInstanceOf(IOException.class);
    }
  }

  @Test
  void execute_lastAttemptFailed_doesNotWaitForAnother() {
    try (FailoverGroup<String> group =
        FailoverGroup.<String>builder("one")
            .line(Line.of("a", 0, Endpoint.of("1", "1")))
            .retry(backoff().maxAttempts(1).build())
            .build()) {
      long start = System.nanoTime();
      assertThatThrownBy(() ->
              group.execute(
                  true,
                  lease -> {
                    throw new IOException("reset");
                  }))
          .hasMessage("reset");
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(2));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nio", "okhttp", "any", "interrupted"})
  void execute_interruptedCall_isCancelledAndNotRetried(String client) {
    try (FailoverGroup<String> group = group(RetryPolicy.defaults())) {
      var calls = new AtomicInteger();
      Throwable thrown =
          catchThrowable(() ->
              group.execute(
                  true,
                  lease -> {
                    calls.incrementAndGet();
                    throw interrupted(client);
                  }));
      boolean flag = Thread.interrupted();
      assertThat(flag).isEqualTo(client.equals("any") || client.equals("nio"));
      assertThat(thrown).isNotNull();
      assertThat(calls).hasValue(1);
      assertThat(reports).containsExactly("CANCELLED");
    }
  }

  private static Exception interrupted(String client) {
    return switch (client) {
      case "nio" -> {
        Thread.currentThread().interrupt();
        yield new UncheckedIOException(new ClosedByInterruptException());
      }
      case "okhttp" -> new InterruptedIOException("interrupted");
      case "any" -> {
        Thread.currentThread().interrupt();
        yield new IllegalStateException("the client gave up");
      }
      default -> new InterruptedException();
    };
  }

  @Test
  void executeAsync_callThrowsOnAnInterruptedThread_isCancelled() {
    try (FailoverGroup<String> group = group(RetryPolicy.defaults())) {
      CompletableFuture<String> result =
          group.executeAsync(
              true,
              Duration.ofSeconds(2),
              lease -> {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("the client gave up");
              });
      assertThat(Thread.interrupted()).isTrue();
      assertThat(result).isCompletedExceptionally();
      assertThat(reports).containsExactly("CANCELLED");
    }
  }

  @Test
  void execute_wrappedConnectException_isRetriedThoughNotIdempotent() throws Exception {
    try (FailoverGroup<String> group = group(RetryPolicy.defaults())) {
      var calls = new AtomicInteger();
      String served =
          group.execute(
              false,
              lease -> {
                if (calls.incrementAndGet() == 1) {
                  throw new CompletionException(new ConnectException("refused"));
                }
                return "ok";
              });
      assertThat(served).isEqualTo("ok");
      assertThat(reports).containsExactly("CONNECT_FAILURE", "SUCCESS");
    }
  }

  @Test
  void execute_callersPoolIsFull_countsAgainstNoEndpoint() {
    try (FailoverGroup<String> group = group(RetryPolicy.defaults())) {
      assertThatThrownBy(() ->
              group.execute(
                  true,
                  lease -> {
                    throw new RejectedExecutionException("the pool is full");
                  }))
          .isInstanceOf(RejectedExecutionException.class);
      assertThat(group.snapshot().lines().get(0).traffic().failures()).isZero();
    }
  }
}
