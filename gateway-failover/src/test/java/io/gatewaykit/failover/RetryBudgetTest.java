package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryBudgetTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void balance_reserveAndAFifthOfTheRequests() {
    var budget = new RetryBudget(0.2, 10);
    assertThat(budget.balance(-SECOND)).isEqualTo(100);
    for (int i = 0; i < 50; i++) {
      budget.request(-SECOND);
    }
    assertThat(budget.balance(-SECOND)).isEqualTo(110);
    assertThat(budget.balance(8 * SECOND)).isEqualTo(110);
    assertThat(budget.balance(9 * SECOND)).as("ten seconds later").isEqualTo(100);
  }

  @Test
  void tryRetry_spent_isRefusedAndCountedUntilTimePasses() {
    var budget = new RetryBudget(0, 1);
    for (int i = 0; i < 10; i++) {
      assertThat(budget.tryRetry(0)).isTrue();
    }
    assertThat(budget.tryRetry(0)).isFalse();
    assertThat(budget.refused()).isEqualTo(1);
    assertThat(budget.tryRetry(10 * SECOND)).isTrue();
  }

  /** A thousand requests a second for a minute, three retries each at most. */
  @DisplayName("R-66: budget, hides one dead of ten and bounds what all dead cost")
  @ParameterizedTest
  @CsvSource({"0.1, 0.999, 1.12", "0.5, 0.55, 1.215", "1.0, 0, 1.215"})
  void tryRetry_failureRates_boundAmplificationAndHideTheRare(
      double failing, double leastSuccess, double mostLoad) {
    var budget = new RetryBudget(0.2, 10);
    var random = new Random(7);
    int requests = 60_000;
    int sent = 0;
    int good = 0;
    for (int i = 0; i < requests; i++) {
      long now = i * SECOND / 1000;
      budget.request(now);
      boolean ok = false;
      for (int attempt = 0; attempt < 4 && !ok; attempt++) {
        if (attempt > 0 && !budget.tryRetry(now)) {
          break;
        }
        sent++;
        ok = random.nextDouble() >= failing;
      }
      good += ok ? 1 : 0;
    }
    assertThat((double) good / requests).isGreaterThanOrEqualTo(leastSuccess);
    assertThat((double) sent / requests).isLessThanOrEqualTo(mostLoad);
  }

  @Test
  void next_budgetSpent_givesNoRetryButFirstAttempts() {
    FailoverGroup<String> group = builder(new ManualTicker()).retryBudget(0, 0).build();
    Attempts<String> attempts = group.begin(true);
    requireNonNull(attempts.next()).end(Outcome.FAILURE, 0);
    assertThat(attempts.next()).isNull();
    assertThat(group.begin(true).next()).isNotNull();
    assertThat(group.snapshot().retriesRefused()).isEqualTo(1);
  }

  @Test
  void next_deadline_noAttemptStartsAfterItAndTimeoutsShrink() {
    var ticker = new ManualTicker();
    FailoverGroup<String> group = builder(ticker).perTry(Duration.ofMillis(800)).build();
    Attempts<String> attempts = group.begin(true, Duration.ofSeconds(1));
    assertThat(attempts.timeout()).isEqualTo(Duration.ofMillis(800));
    requireNonNull(attempts.next()).close();
    ticker.advance(Duration.ofMillis(700));
    assertThat(attempts.timeout()).isEqualTo(Duration.ofMillis(300));
    ticker.advance(Duration.ofMillis(300));
    assertThat(attempts.timeout()).isZero();
    assertThat(attempts.next()).isNull();
  }

  @Test
  void builder_badValues_areRefused() {
    var builder = builder(new ManualTicker());
    assertThatThrownBy(() -> builder.retryBudget(Double.NaN, 1))
        .hasMessage("ratio: NaN (expected: 0..10)");
    assertThatThrownBy(() -> builder.retryBudget(0.1, -1))
        .hasMessage("minPerSecond: -1 (expected: 0..1000000)");
    assertThatThrownBy(() -> builder.perTry(Duration.ZERO)).hasMessageContaining("perTry: PT0S");
    assertThatThrownBy(() -> builder.build().begin(true, Duration.ofDays(2)))
        .hasMessageContaining("within: PT48H");
  }

  private static FailoverGroupBuilder<String> builder(ManualTicker ticker) {
    return FailoverGroup.<String>builder("g")
        .ticker(ticker)
        .line(Line.of("l", 0, Endpoint.of("a", "A"), Endpoint.of("b", "B")));
  }
}
