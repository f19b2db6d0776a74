// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Execution of requests in virtual time. Two endpoints in the first line, one in the next. */
@SuppressWarnings("FutureReturnValueIgnored") // results are checked through recorded calls
class ExecutionTest extends ExecutionFixture {
  @Test
  void backoff_upperBoundDoubles() {
    FailoverGroup<String> group =
        group(
            RetryPolicy.builder()
                .backoff(Duration.ofMillis(100), Duration.ofMillis(150))
                .random(() -> 0.9));
    start(group);
    fail(0);
    scheduler.advance(Duration.ofMillis(89));
    assertThat(calls).hasSize(1);
    scheduler.advance(Duration.ofMillis(1));
    assertThat(calls).hasSize(2);
    fail(1);
    scheduler.advance(Duration.ofMillis(134));
    assertThat(calls).hasSize(2);
    scheduler.advance(Duration.ofMillis(1));

    assertThat(calls).hasSize(3);
  }

  @Test
  void order_nextLineFirst_switchesTheLineImmediately() {
    start(group(RetryPolicy.builder().order(RetryPolicy.Order.NEXT_LINE_FIRST)));
    fail(0);

    assertThat(log).last().isEqualTo("b@0");
  }

  @Test
  void revisit_oneEndpoint_isTriedAgainAfterTheWait() {
    FailoverGroup<String> group =
        FailoverGroup.<String>builder("one")
            .line(Line.of("only", 0, Endpoint.of("x", "X")))
            .ticker(ticker)
            .scheduler(scheduler)
            .retry(
                RetryPolicy.builder()
                    .backoff(Duration.ofMillis(10), Duration.ofMillis(10))
                    .random(() -> 1)
                    .revisit()
                    .build())
            .build();
    CompletableFuture<String> result = start(group);
    fail(0);
    scheduler.advance(Duration.ofMillis(10));
    fail(1);
    scheduler.advance(Duration.ofMillis(10));
    calls.get(2).complete("third time lucky");

    assertThat(result).isCompletedWithValue("third time lucky");
    assertThat(log).containsExactly("x@0", "x@10", "x@20");
  }

  @Test
  void perTry_nextAttemptFollowsATimeout() {
    CompletableFuture<String> result = start(builder().build());
    scheduler.advance(Duration.ofMillis(800));
    assertThat(calls.get(0)).isCancelled();
    calls.get(1).complete("fine");

    assertThat(result).isCompletedWithValue("fine");
    assertThat(log).containsExactly("a1@0", "a1 TIMEOUT", "a2@800", "a2 SUCCESS");
    assertThat(scheduler.waiting()).isZero();
  }

  @DisplayName(
      "R-72: the deadline shortens the last attempt, and no attempt starts too close to it")
  @Test
  void deadline_shortensTheLastAttempt_noneStartsTooCloseToIt() {
    FailoverGroup<String> group = group(RetryPolicy.builder().minAttempt(Duration.ofMillis(300)));
    CompletableFuture<String> result = group.executeAsync(true, Duration.ofSeconds(1), this::call);
    scheduler.advance(Duration.ofMillis(800)); // 200 ms remain

    assertThat(calls).hasSize(1);
    assertThatThrownBy(result::join).hasCauseInstanceOf(TimeoutException.class);
    CompletableFuture<String> another =
        group.executeAsync(true, Duration.ofMillis(500), this::call);
    scheduler.advance(Duration.ofMillis(500));
    assertThat(another).isCompletedExceptionally();
  }

  @DisplayName("R-70: a non-idempotent request is not sent twice")
  @Test
  void notIdempotent_isNotSentTwice() {
    FailoverGroup<String> group = builder().build();
    CompletableFuture<String> result = group.executeAsync(false, LONG, this::call);
    calls.get(0).completeExceptionally(new ConnectException("refused")); // never received
    scheduler.advance(Duration.ofMillis(800));

    assertThatThrownBy(result::join).hasCauseInstanceOf(TimeoutException.class);
    assertThat(log).containsExactly("a1@0", "a1 CONNECT_FAILURE", "a2@0", "a2 TIMEOUT");
  }

  @DisplayName("R-73: pushback is honored up to the maximum")
  @Test
  void pushback_isHonoredUpToTheMaximum() {
    FailoverGroup<String> group = group(RetryPolicy.builder().maxPushback(Duration.ofSeconds(5)));
    Lease<String> busy = requireNonNull(group.begin(true).next());
    String resting = busy.endpoint().id();
    busy.pushBack(Duration.ofHours(1), 503);
    for (int i = 0; i < 10; i++) {
      Lease<String> lease = requireNonNull(group.begin(true).next());
      assertThat(lease.endpoint().id()).isNotEqualTo(resting);
      lease.succeed(200);
    }
    ticker.advance(Duration.ofSeconds(5));
    var again = new ArrayList<String>();
    for (int i = 0; i < 4; i++) {
      Lease<String> lease = requireNonNull(group.begin(true).next());
      again.add(lease.endpoint().id());
      lease.succeed(200);
    }

    assertThat(again).contains(resting);
    assertThat(log).contains(resting + " REJECTED_REMOTE");
    assertThat(group.snapshot().lines().get(0).traffic().failures()).isZero();
  }

  @Test
  void call_outcomeReportedOnTheLease_takesPrecedence() {
    FailoverGroup<String> group = builder().build();
    CompletableFuture<String> result =
        group.executeAsync(
            false,
            LONG,
            lease -> {
              lease.end(Outcome.REJECTED_LOCAL, 0); // a local limit: the request was not sent
              return CompletableFuture.failedFuture(new IOException("limited"));
            });

    assertThat(result).isCompletedExceptionally();
    assertThat(log)
        .as("never sent, so it is retried elsewhere")
        .hasSize(3)
        .allMatch(s -> s.endsWith("LOCAL"));
    assertThat(group.snapshot().misuse().doubleEnds()).isZero();
  }

  @DisplayName("R-96: close completes all requests and leaves no thread or timer")
  @Test
  void close_completesRequestsAndLeavesNoThreadOrTimer() {
    FailoverGroup<String> group = builder().build();
    CompletableFuture<String> result = start(group);
    assertThat(scheduler.waiting()).isPositive();
    group.close();

    assertThatThrownBy(result::join).isInstanceOf(CancellationException.class);
    assertThat(calls.get(0)).isCancelled();
    assertThat(scheduler.waiting()).isZero();
    assertThat(start(group)).isCompletedExceptionally();
    assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isZero();
  }

  @DisplayName("R-96: close stops the group's own thread")
  @Test
  void close_stopsItsOwnThread() {
    FailoverGroup<String> group =
        FailoverGroup.<String>builder("own-thread")
            .line(Line.of("only", 0, Endpoint.of("x", "X")))
            .build();
    group.executeAsync(true, LONG, this::call);
    assertThat(threads()).contains("failover-own-thread");
    group.close();

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(threads()).doesNotContain("failover-own-thread"));
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
  }

  @Test
  void settings_invalid_areRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RetryPolicy.builder().revisit().build())
        .withMessage("revisit: true (expected: with a backoff)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RetryPolicy.Hedge.atQuantile(0.4))
        .withMessage("quantile: 0.4 (expected: 0.5..0.999)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RetryPolicy.Hedge.after(Duration.ofNanos(1)))
        .withMessage("delay: PT0.000000001S (expected: at least PT0.001S)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().build().breaker("a1"))
        .withMessage("breaker: none (expected: a group built with breakers)");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> builder().endpoints(EndpointPolicy.builder().leakDetectionSampling(0).build()))
        .withMessage("oneIn: 0 (expected: 1..1000000)");
  }
}
