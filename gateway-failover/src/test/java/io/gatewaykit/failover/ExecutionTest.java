// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.breaker.CircuitBreakerState;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Execution of requests in virtual time. Two endpoints in the first line, one in the next. */
@SuppressWarnings("FutureReturnValueIgnored") // results are checked through recorded calls
class ExecutionTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final ManualTicker ticker = new ManualTicker(7);
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  private final List<String> log = new ArrayList<>();
  private final List<CompletableFuture<String>> calls = new ArrayList<>();

  private FailoverGroupBuilder<String> builder() {
    return builder(RetryPolicy.builder());
  }

  private FailoverGroupBuilder<String> builder(RetryPolicy.Builder policy) {
    return builder(policy, LinePolicy.builder());
  }

  private FailoverGroupBuilder<String> builder(
      RetryPolicy.Builder policy, LinePolicy.Builder lines) {
    return FailoverGroup.<String>builder("g")
        .line(Line.of("first", 0, Endpoint.of("a1", "A1"), Endpoint.of("a2", "A2")))
        .line(Line.of("second", 1, Endpoint.of("b", "B")))
        .retry(policy.perTry(Duration.ofMillis(800)).build())
        .lines(lines.overprovision(1000).build())
        .balancer(Balancer.first())
        .ticker(ticker)
        .scheduler(scheduler)
        .report((id, outcome, status, nanos) -> log.add(id + " " + outcome));
  }

  private FailoverGroup<String> group(RetryPolicy.Builder policy) {
    return builder(policy).build();
  }

  private CompletableFuture<String> call(Lease<String> lease) {
    log.add(lease.endpoint().id() + "@" + ticker.read() / 1_000_000);
    var call = new CompletableFuture<String>();
    calls.add(call);
    return call;
  }

  private CompletableFuture<String> start(FailoverGroup<String> group) {
    return group.executeAsync(true, LONG, this::call);
  }

  private void fail(int call) {
    calls.get(call).completeExceptionally(new IOException("reset"));
  }

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

  // Hedging

  private FailoverGroup<String> hedging(RetryPolicy.Hedge hedge) {
    return group(RetryPolicy.builder().hedge(hedge));
  }

  @DisplayName(
      "R-71: the first success of a hedged request wins, and the loser is cancelled, not failed")
  @Test
  void hedge_firstSuccessWins_theLoserIsCancelledNotFailed() {
    FailoverGroup<String> group =
        hedging(RetryPolicy.Hedge.after(Duration.ofMillis(50)).withBudget(1));
    CompletableFuture<String> result = start(group);
    scheduler.advance(Duration.ofMillis(50));
    assertThat(calls).hasSize(2);
    calls.get(1).complete("quick");

    assertThat(result).isCompletedWithValue("quick");
    assertThat(calls.get(0)).isCancelled();
    assertThat(log).containsExactly("a1@0", "a2@50", "a2 SUCCESS", "a1 CANCELLED");
    assertThat(scheduler.waiting()).isZero();
    assertThat(group.snapshot().lines().get(0).traffic().inFlight()).isZero();
  }

  @Test
  void hedge_firstFails_theHedgeContinues() {
    FailoverGroup<String> group =
        group(
            RetryPolicy.builder()
                .maxAttempts(2)
                .hedge(RetryPolicy.Hedge.after(Duration.ofMillis(50)).withBudget(1)));
    CompletableFuture<String> result = start(group);
    scheduler.advance(Duration.ofMillis(50));
    fail(0);
    assertThat(result).isNotDone();
    calls.get(1).complete("hedge");

    assertThat(result).isCompletedWithValue("hedge");
  }

  @Test
  void hedge_allFail_failsWithTheLast() {
    FailoverGroup<String> group =
        hedging(RetryPolicy.Hedge.after(Duration.ofMillis(50)).withBudget(1));
    CompletableFuture<String> result = start(group);
    scheduler.advance(Duration.ofMillis(50));
    fail(0); // starts the third immediately
    fail(1);
    assertThat(calls).hasSize(3);
    fail(2);

    assertThatThrownBy(result::join).hasRootCauseMessage("reset");
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void hedge_notIdempotent_doesNotStart() {
    FailoverGroup<String> group =
        hedging(RetryPolicy.Hedge.after(Duration.ofMillis(50)).withBudget(1));
    group.executeAsync(false, LONG, this::call);
    scheduler.advance(Duration.ofMillis(700));

    assertThat(calls).hasSize(1);
  }

  @DisplayName("R-69: an exhausted budget prevents new hedges but does not affect those in flight")
  @Test
  void hedge_exhaustedBudget_preventsOnlyNewHedges() {
    FailoverGroup<String> group =
        hedging(RetryPolicy.Hedge.after(Duration.ofMillis(50)).withBudget(0));
    var results = new ArrayList<CompletableFuture<String>>();
    for (int i = 0; i < 15; i++) {
      results.add(start(group)); // the reserve is one
    }
    scheduler.advance(Duration.ofMillis(50));
    assertThat(calls).hasSize(16);
    calls.get(15).complete("a hedge");

    assertThat(results.stream().filter(CompletableFuture::isDone)).hasSize(1);
    assertThat(calls.stream().filter(CompletableFuture::isCancelled)).hasSize(1);
  }

  @Test
  void sharedBudget_retriesLeaveNoneForHedges() {
    FailoverGroup<String> group =
        group(
            RetryPolicy.builder()
                .budget(0, 0)
                .hedge(RetryPolicy.Hedge.after(Duration.ofMillis(50)).withBudget(1)));
    start(group);
    scheduler.advance(Duration.ofMillis(500));

    assertThat(calls).hasSize(1);
  }

  @Test
  void hedge_atQuantile_followsTheLatencyOfTheLine() {
    FailoverGroup<String> group = hedging(RetryPolicy.Hedge.atQuantile(0.9).withBudget(1));
    Attempts<String> unknown = group.begin(true);
    requireNonNull(unknown.next());
    assertThat(unknown.hedgeDelay()).as("no latency recorded yet").isNull();
    for (int i = 1; i <= 100; i++) {
      Lease<String> lease = requireNonNull(group.begin(true).next());
      ticker.advance(Duration.ofMillis(i <= 90 ? 10 : 200));
      lease.succeed(200);
    }
    ticker.advance(Duration.ofSeconds(1));
    Attempts<String> attempts = group.begin(true);
    requireNonNull(attempts.next());
    @Nullable Duration delay = attempts.hedgeDelay();

    assertThat(delay).isBetween(Duration.ofMillis(9), Duration.ofMillis(11));
  }

  // Close

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

  // Breakers in a group

  private FailoverGroupBuilder<String> broken() {
    return builder()
        .endpoints(
            EndpointPolicy.builder()
                .maxFails(1000)
                .breaker(
                    CircuitBreaker.builder()
                        .consecutiveFailures(3)
                        .random(() -> 0.5)
                        .openFor(Duration.ofSeconds(2), Duration.ofSeconds(10))
                        .halfOpen(1, Duration.ofSeconds(1)))
                .build());
  }

  private String next(FailoverGroup<String> group, Outcome outcome) {
    Lease<String> lease = requireNonNull(group.begin(true).next());
    lease.end(outcome, 0);
    return lease.endpoint().id();
  }

  @Test
  void breaker_open_excludesTheEndpointUntilATrialSucceeds() {
    FailoverGroup<String> group = broken().build();
    while (group.breaker("a1").state() == CircuitBreakerState.CLOSED) {
      Lease<String> lease = requireNonNull(group.begin(true).next());
      lease.end(lease.endpoint().id().equals("a1") ? Outcome.FAILURE : Outcome.SUCCESS, 0);
    }
    ticker.advance(Duration.ofMillis(1));
    for (int i = 0; i < 20; i++) {
      assertThat(next(group, Outcome.SUCCESS)).isEqualTo("a2");
    }
    ticker.advance(Duration.ofSeconds(2));
    var picked = new ArrayList<String>();
    for (int i = 0; i < 6; i++) {
      picked.add(next(group, Outcome.SUCCESS));
    }

    assertThat(picked).contains("a1");
    assertThat(group.breaker("a1").state()).isEqualTo(CircuitBreakerState.CLOSED);
  }

  @Test
  void breaker_halfOpen_limitsTrials() {
    FailoverGroup<String> group = broken().build();
    group.breaker("a2").forceOpen();
    for (int i = 0; i < 3; i++) {
      next(group, Outcome.FAILURE);
    }
    assertThat(group.breaker("a1").state()).isEqualTo(CircuitBreakerState.OPEN);
    group.breaker("a2").reset();
    ticker.advance(Duration.ofSeconds(3));
    var picked = new ArrayList<String>();
    for (int i = 0; i < 10; i++) {
      picked.add(requireNonNull(group.begin(true).next()).endpoint().id()); // all in flight
    }

    assertThat(picked.stream().filter("a1"::equals)).hasSize(1);
  }

  @Test
  void lineBreaker_open_switchesTheLine() {
    FailoverGroup<String> group =
        builder(
                RetryPolicy.builder(),
                LinePolicy.builder()
                    .breaker(
                        CircuitBreaker.builder()
                            .noConsecutiveLimit()
                            .failureRate(0.5)
                            .minCalls(10)
                            .openFor(Duration.ofHours(1), Duration.ofHours(1))))
            .endpoints(EndpointPolicy.builder().maxFails(1000).build())
            .build();
    for (int i = 0; i < 10; i++) {
      next(group, Outcome.FAILURE);
    }

    assertThat(next(group, Outcome.SUCCESS)).isEqualTo("b");
    assertThat(next(group, Outcome.SUCCESS)).isEqualTo("b");
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
