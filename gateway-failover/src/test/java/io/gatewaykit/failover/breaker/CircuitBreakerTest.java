// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import static io.gatewaykit.failover.breaker.CircuitBreaker.REJECTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.upstream.Outcome;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CircuitBreakerTest extends CircuitBreakerFixture {
  // A window of ten with a minimum of ten: five failures of nine do not trip it; the tenth call
  // does if five have failed. resilience4j's count window has the same rule.
  @ParameterizedTest
  @CsvSource({
    "xxxxx....,  CLOSED", // nine are below the minimum
    "xxxxx....., OPEN", // the tenth, a success, reaches the minimum
    "xxxx.....x, OPEN",
    "xxxx......, CLOSED",
    "xxxx......x, CLOSED", // the first failure has left the window
    ".xxxx.....x, OPEN",
    "..........xxxxx, OPEN",
    "..........xxxx.x, OPEN",
    "..........xxxx.......x, CLOSED",
  })
  void countWindow_tripsAtRate(String outcomes, CircuitBreakerState expected) {
    CircuitBreaker breaker = builder().window(10).minCalls(10).noConsecutiveLimit().build();

    calls(breaker, outcomes);

    assertThat(breaker.state()).isEqualTo(expected);
  }

  @DisplayName("R-64: a window of one call works")
  @ParameterizedTest
  @CsvSource({"x, OPEN", ".x, OPEN", "., CLOSED", "...., CLOSED"})
  void countWindow_ofOneCall_works(String outcomes, CircuitBreakerState expected) {
    CircuitBreaker breaker = builder().window(1).minCalls(20).noConsecutiveLimit().build();

    calls(breaker, outcomes);

    assertThat(breaker.state()).isEqualTo(expected);
  }

  @DisplayName("R-65, V-API-2: a success resets the count of consecutive failures")
  @ParameterizedTest
  @CsvSource({
    "xxx, OPEN",
    "xx.xx.xx, CLOSED",
    ".x.xx, CLOSED",
    ".x.xxx, OPEN",
    "xx.xxx, OPEN",
  })
  void consecutiveFailures_successResetsTheCount(String outcomes, CircuitBreakerState expected) {
    CircuitBreaker breaker = builder().consecutiveFailures(3).minCalls(1000).build();

    calls(breaker, outcomes);

    assertThat(breaker.state()).isEqualTo(expected);
  }

  @Test
  void slowCalls_tripAtRate() {
    CircuitBreaker breaker =
        builder().window(4).minCalls(4).slowCalls(Duration.ofMillis(100), 0.75).build();

    call(breaker, Outcome.SUCCESS, 101 * MS);
    call(breaker, Outcome.SUCCESS, 100 * MS); // exactly at the limit
    call(breaker, Outcome.FAILURE, 200 * MS); // failed calls can count as slow
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.CLOSED);
    call(breaker, Outcome.SUCCESS, 101 * MS);

    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.OPEN);
    assertThat(changes.get(0).cause()).isEqualTo("3 of 4 calls were slow");
  }

  @Test
  void timeWindow_expiresSliceBySlice() {
    CircuitBreaker breaker =
        builder().window(Duration.ofSeconds(10)).minCalls(4).noConsecutiveLimit().build();
    calls(breaker, "...");
    ticker.advance(Duration.ofSeconds(5));
    calls(breaker, "xx"); // 2 of 5
    assertThat(breaker.snapshot().failureRate()).isEqualTo(0.4);

    ticker.advance(Duration.ofSeconds(5)); // the first slice has expired: 2 of 2, below the minimum
    assertThat(breaker.snapshot().calls()).isEqualTo(2);
    calls(breaker, ".");
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.CLOSED);
    calls(breaker, "."); // 2 of 4, on a success

    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.OPEN);
    assertThat(changes.get(0).cause()).isEqualTo("2 of 4 calls failed");
  }

  @Test
  void open_rejectsForDoublingTimes() {
    CircuitBreaker breaker =
        open(
            builder()
                .openFor(Duration.ofSeconds(1), Duration.ofSeconds(5))
                .halfOpen(1, Duration.ofSeconds(1)));
    for (long seconds : new long[] {1, 2, 4, 5, 5}) {
      assertThat(breaker.retryAfter()).isEqualTo(Duration.ofSeconds(seconds));
      ticker.advance(Duration.ofSeconds(seconds).minusNanos(1));
      assertThat(breaker.tryAcquire()).isEqualTo(REJECTED);
      assertThat(breaker.wouldAdmit(ticker.read())).isFalse();
      ticker.advanceNanos(1);
      assertThat(breaker.wouldAdmit(ticker.read())).isTrue();
      call(breaker, Outcome.TIMEOUT);
    }
    assertThat(breaker.snapshot().rejected()).isEqualTo(5);
  }

  @Test
  void relapse_continuesDoubling_laterTripStartsAgain() {
    CircuitBreaker breaker = open(builder().halfOpen(1, Duration.ofSeconds(1)));
    ticker.advance(Duration.ofSeconds(1));
    call(breaker, Outcome.SUCCESS); // closed
    ticker.advance(Duration.ofSeconds(1));
    call(breaker, Outcome.FAILURE);
    assertThat(breaker.retryAfter()).isEqualTo(Duration.ofSeconds(2));
    ticker.advance(Duration.ofSeconds(2));
    call(breaker, Outcome.SUCCESS);
    ticker.advance(Duration.ofSeconds(3));
    call(breaker, Outcome.FAILURE);

    assertThat(breaker.retryAfter()).isEqualTo(Duration.ofSeconds(1));
  }

  @DisplayName("R-44: the open period is jittered")
  @ParameterizedTest
  @CsvSource({"0, 800", "0.25, 900", "1, 1200"})
  void openPeriod_isJittered(double chance, long millis) {
    CircuitBreaker breaker = open(builder(() -> chance));

    assertThat(breaker.retryAfter()).isEqualTo(Duration.ofMillis(millis));
  }

  @DisplayName("R-24: local rejections never trip the breaker")
  @Test
  void localRejections_neverTrip() {
    CircuitBreaker breaker = builder().consecutiveFailures(1).window(1).minCalls(1).build();

    call(breaker, Outcome.REJECTED_LOCAL);
    call(breaker, Outcome.CANCELLED);
    call(breaker, Outcome.REJECTED_REMOTE);

    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.CLOSED);
    assertThat(breaker.snapshot().calls()).isZero();
  }

  @Test
  void forced_holdsUntilReset() {
    CircuitBreaker breaker = builder().consecutiveFailures(1).build();
    breaker.forceOpen();
    ticker.advance(Duration.ofDays(1));
    assertThat(breaker.tryAcquire()).isEqualTo(REJECTED);
    assertThat(breaker.wouldAdmit(ticker.read())).isFalse();
    breaker.forceClosed();
    call(breaker, Outcome.FAILURE);
    call(breaker, Outcome.FAILURE);
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.FORCED_CLOSED);
    breaker.reset();
    call(breaker, Outcome.FAILURE);

    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.OPEN);
  }

  @Test
  void call_classifiesExceptions() throws Exception {
    CircuitBreaker breaker = builder().consecutiveFailures(2).build();

    assertThat(breaker.call(() -> "fine")).isEqualTo("fine");
    for (int i = 0; i < 3; i++) { // the second is cancelled by the caller
      Exception thrown = i == 1 ? new CancellationException() : new ConnectException("refused");
      assertThatThrownBy(() ->
              breaker.call(() -> {
                throw thrown;
              }))
          .isSameAs(thrown);
    }

    assertThatThrownBy(() -> breaker.call(() -> "never"))
        .isInstanceOfSatisfying(
            CircuitBreakerOpenException.class,
            e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(1)))
        .hasMessage("circuit breaker hk1 is open");
  }

  @Test
  void callAsync_reportsWhenTheStageCompletes() {
    CircuitBreaker breaker = builder().consecutiveFailures(1).build();
    var pending = new CompletableFuture<String>();
    CompletableFuture<String> result = breaker.callAsync(() -> pending);
    assertThat(breaker.callAsync(() -> CompletableFuture.completedFuture("x"))).isCompleted();

    pending.completeExceptionally(new ConnectException("refused"));

    assertThat(result).isCompletedExceptionally();
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.OPEN);
    assertThat(breaker.callAsync(() -> pending))
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(CircuitBreakerOpenException.class);
  }

  @Test
  void listenerException_hasNoEffect() {
    CircuitBreaker breaker =
        open(
            CircuitBreaker.builder()
                .listener(
                    new CircuitBreakerListener() {
                      @Override
                      public void onChange(CircuitBreakerEvent change) {
                        throw new IllegalStateException("application error");
                      }
                    }));

    assertThat(breaker.tryAcquire()).isEqualTo(REJECTED);
  }

  @Test
  void builder_settingSetTwiceOrExcluded_isRejected() {
    assertThatIllegalStateException()
        .isThrownBy(() -> CircuitBreaker.builder().window(10).window(Duration.ofSeconds(1)))
        .withMessage("window: PT1S (expected: set once, but already 10)");
    assertThatIllegalStateException()
        .isThrownBy(() -> CircuitBreaker.builder().consecutiveFailures(2).noConsecutiveLimit())
        .withMessage("noConsecutiveLimit, consecutiveFailures: both set (expected: only one)");
  }

  @Test
  void builder_invalidValues_areReported() {
    CircuitBreakerBuilder builder = CircuitBreaker.builder();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.failureRate(0))
        .withMessage("failureRate: 0.0 (expected: > 0, at most 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.failureRate(Double.NaN))
        .withMessage("failureRate: NaN (expected: > 0, at most 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.window(0))
        .withMessage("window: 0 (expected: 1..65536)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.halfOpen(101, Duration.ofSeconds(1)))
        .withMessage("trials: 101 (expected: 1..100)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.openFor(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .withMessage("first: PT2S (expected: <= PT1S)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.slowCalls(Duration.ZERO, 0.5))
        .withMessage("slowerThan: PT0S (expected: > 0, at most PT24H)");
  }
}
