// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hedged requests in virtual time. */
@SuppressWarnings("FutureReturnValueIgnored") // results are checked through recorded calls
class HedgingTest extends ExecutionFixture {
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
}
