// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import static io.gatewaykit.failover.breaker.CircuitBreaker.REJECTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trial calls of a half-open circuit breaker. */
class CircuitBreakerTrialsTest extends CircuitBreakerFixture {
  @Test
  void halfOpen_closesAfterAllTrials() {
    CircuitBreaker breaker = open(builder().halfOpen(3, Duration.ofSeconds(1)));
    ticker.advance(Duration.ofSeconds(1));
    long first = breaker.tryAcquire();
    long second = breaker.tryAcquire();
    long third = breaker.tryAcquire();
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.HALF_OPEN);
    assertThat(breaker.tryAcquire()).isEqualTo(REJECTED);

    breaker.report(second, Outcome.SUCCESS, MS);
    breaker.report(second, Outcome.SUCCESS, MS); // duplicate report
    breaker.report(first, Outcome.SUCCESS, MS);
    assertThat(breaker.tryAcquire()).as("passed trials are not reissued").isEqualTo(REJECTED);
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.HALF_OPEN);
    breaker.report(third, Outcome.SUCCESS, MS);

    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.CLOSED);
    assertThat(changes)
        .extracting(CircuitBreakerEvent::to)
        .containsExactly(
            CircuitBreakerState.OPEN, CircuitBreakerState.HALF_OPEN, CircuitBreakerState.CLOSED);
  }

  @Test
  void halfOpen_slowTrialOpens() {
    CircuitBreaker breaker =
        open(builder().slowCalls(Duration.ofMillis(10), 1).halfOpen(2, Duration.ofSeconds(1)));
    ticker.advance(Duration.ofSeconds(1));

    call(breaker, Outcome.SUCCESS, 11 * MS);

    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.OPEN);
    assertThat(changes.get(2).cause()).isEqualTo("trial call was slow");
  }

  @DisplayName("R-60: the slot of a lost permit is released")
  @Test
  void lostPermit_slotIsReleased() {
    CircuitBreaker breaker = open(builder().halfOpen(10, Duration.ofSeconds(3)));
    ticker.advance(Duration.ofSeconds(1));
    long lost = breaker.tryAcquire();
    for (int i = 0; i < 9; i++) {
      call(breaker, Outcome.SUCCESS);
    }
    assertThat(breaker.tryAcquire()).isEqualTo(REJECTED); // nine reported, one lost
    ticker.advance(Duration.ofSeconds(3));

    long another = breaker.tryAcquire();
    assertThat(another).isNotEqualTo(REJECTED);
    breaker.report(lost, Outcome.FAILURE, MS); // late: its slot was reassigned
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.HALF_OPEN);
    breaker.report(another, Outcome.SUCCESS, MS);

    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.CLOSED);
  }

  @Test
  void overdueTrial_keepsItsSlotWhileAnotherIsFree() {
    CircuitBreaker breaker = open(builder().halfOpen(2, Duration.ofSeconds(3)));
    ticker.advance(Duration.ofSeconds(1));
    long slow = breaker.tryAcquire();
    ticker.advance(Duration.ofSeconds(3));

    assertThat(breaker.tryAcquire()).isNotEqualTo(REJECTED);
    breaker.report(slow, Outcome.FAILURE, MS);

    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.OPEN);
  }

  @Test
  void overdueTrials_oldestIsReassignedFirst() {
    CircuitBreaker breaker = open(builder().halfOpen(2, Duration.ofSeconds(3)));
    ticker.advance(Duration.ofSeconds(1));
    long ended = breaker.tryAcquire();
    long oldest = breaker.tryAcquire();
    breaker.report(ended, Outcome.CANCELLED, MS);
    ticker.advance(Duration.ofSeconds(1));
    long later = breaker.tryAcquire(); // reassigned the first slot
    ticker.advance(Duration.ofSeconds(3));

    assertThat(breaker.tryAcquire()).isNotEqualTo(REJECTED);
    breaker.report(oldest, Outcome.FAILURE, MS);
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.HALF_OPEN);
    breaker.report(later, Outcome.FAILURE, MS);

    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.OPEN);
  }

  @DisplayName("R-61: an ignored outcome releases the permit")
  @ParameterizedTest
  @CsvSource({"CANCELLED", "REJECTED_LOCAL", "REJECTED_REMOTE"})
  void ignoredOutcome_releasesThePermit(Outcome ignored) {
    CircuitBreaker breaker = open(builder().halfOpen(1, Duration.ofHours(1)));
    ticker.advance(Duration.ofSeconds(1));

    call(breaker, ignored);

    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.HALF_OPEN);
    call(breaker, Outcome.SUCCESS);
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.CLOSED);
  }

  @DisplayName("R-62: reports from an earlier phase are ignored")
  @Test
  void reportFromAnEarlierPhase_isIgnored() {
    CircuitBreaker breaker =
        builder().consecutiveFailures(1).halfOpen(1, Duration.ofSeconds(1)).build();
    long good = breaker.tryAcquire();
    long bad = breaker.tryAcquire();
    long alsoBad = breaker.tryAcquire();
    call(breaker, Outcome.FAILURE);
    breaker.report(bad, Outcome.FAILURE, MS);
    ticker.advance(Duration.ofSeconds(1));
    long trial = breaker.tryAcquire();

    breaker.report(good, Outcome.SUCCESS, MS);
    assertThat(breaker.state())
        .as("a late report does not close it")
        .isEqualTo(CircuitBreakerState.HALF_OPEN);
    breaker.report(trial, Outcome.SUCCESS, MS);
    breaker.report(alsoBad, Outcome.FAILURE, MS);

    assertThat(breaker.state()).as("nor trip it").isEqualTo(CircuitBreakerState.CLOSED);
    assertThat(breaker.snapshot().calls()).isZero();
    assertThat(breaker.snapshot().outdated()).isEqualTo(3);
  }
}
