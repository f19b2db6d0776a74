// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryBudgetTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void balance_isReservePlusRatio_depositsExpire() {
    var budget = new RetryBudget(0.2, 10);
    assertThat(budget.balance(-SECOND)).isEqualTo(10);
    for (int i = 0; i < 50; i++) {
      budget.request(-SECOND);
    }
    assertThat(budget.balance(-SECOND)).isEqualTo(20);
    assertThat(budget.balance(-SECOND + 200_000_000L - 1)).isEqualTo(20);
    assertThat(budget.balance(-SECOND + RetryBudget.LIFETIME)).isEqualTo(10);
  }

  @Test
  void tryRetry_exhausted_isRejectedAndCountedUntilRefill() {
    var budget = new RetryBudget(0, 1);
    assertThat(budget.tryRetry(0)).isTrue();
    assertThat(budget.tryRetry(0)).isFalse();
    assertThat(budget.rejected()).isEqualTo(1);
    assertThat(budget.tryRetry(SECOND)).isTrue();
    assertThat(budget.tryRetry(SECOND)).isFalse();
    budget.refund(SECOND);
    assertThat(budget.tryRetry(SECOND)).isTrue();
  }

  @Test
  void tryRetry_fewRequestsWithoutAMinimum_depositsAddUpToOneRetry() {
    var budget = new RetryBudget(0.25, 0);
    int admitted = 0;
    for (int i = 0; i < 40; i++) {
      budget.request(i * SECOND);
      admitted += budget.tryRetry(i * SECOND) ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(10);
  }

  @Test
  void tryRetry_oldClockReading_preservesTheDatesOfDeposits() {
    var budget = new RetryBudget(1, 0);
    budget.request(SECOND);
    budget.request(SECOND - 250_000_000L); // a clock reading from before the thread was suspended
    assertThat(budget.balance(SECOND)).isEqualTo(2);
    budget.request(-3600 * SECOND);
    assertThat(budget.balance(-3600 * SECOND)).as("clock set back").isLessThanOrEqualTo(2);
    assertThat(budget.balance(-3599 * SECOND)).isEqualTo(1);
  }

  /**
   * Sends 1,000 requests per second, all of which fail from second 30 on; returns the calls per
   * second.
   */
  private static double[] callsPerRequest(int tiers, int seconds) {
    var ticker = new ManualTicker(SECOND);
    var groups = new ArrayList<FailoverGroup<String>>();
    for (int tier = 0; tier < tiers; tier++) {
      groups.add(
          builder(ticker)
              .line(Line.of("m", 0, Endpoint.of("c", "C"), Endpoint.of("d", "D")))
              .build());
    }
    var calls = new long[1];
    var perRequest = new double[seconds];
    for (int ms = 0; ms < seconds * 1000; ms++) {
      ticker.advanceNanos(1_000_000);
      long before = calls[0];
      boolean unused = call(groups, 0, ms < 30_000, calls);
      perRequest[ms / 1000] += (calls[0] - before) / 1000.0;
    }
    groups.forEach(FailoverGroup::close);
    return perRequest;
  }

  private static boolean call(
      List<FailoverGroup<String>> groups, int tier, boolean works, long[] calls) {
    if (tier == groups.size()) {
      calls[0]++;
      return works;
    }
    Attempts<String> attempts = groups.get(tier).begin(true);
    for (Lease<String> lease = attempts.next(); lease != null; lease = attempts.next()) {
      if (call(groups, tier + 1, works, calls)) {
        lease.succeed(200);
        return true;
      }
      lease.end(Outcome.FAILURE, 500);
    }
    return false;
  }

  @Test
  void next_everythingFails_addsAtMost30PercentThen20() {
    double[] calls = callsPerRequest(1, 90);
    assertThat(calls[29]).isBetween(0.999, 1.001);
    assertThat(calls[30]).isBetween(1.2, 1.3);
    for (int second = 31; second < 90; second++) {
      assertThat(calls[second]).as("second %d", second).isBetween(1.2, 1.2101);
    }
  }

  @Test
  void next_threeTiersAndEverythingFails_loadLessThanDoubles() {
    double[] calls = callsPerRequest(3, 60);
    assertThat(calls[30]).isLessThan(2.2);
    for (int second = 31; second < 60; second++) {
      assertThat(calls[second]).as("second %d", second).isBetween(1.6, 1.8);
    }
  }

  @Test
  void next_threeTiersAndEverythingFails_tenSecondsOfAnOutageStayBelowOnePointEight() {
    double[] calls = callsPerRequest(3, 60);
    for (int second = 30; second + 10 <= 60; second++) {
      double mean = Arrays.stream(calls, second, second + 10).average().orElseThrow();
      assertThat(mean).as("seconds %d to %d", second, second + 9).isLessThanOrEqualTo(1.8);
    }
  }

  /** Instances whose upstream fails at the same time do not retry in unison afterwards. */
  @Test
  void next_manyInstancesFailTogether_doNotRetryInUnison() {
    var ticker = new ManualTicker(SECOND);
    var groups = new ArrayList<FailoverGroup<String>>();
    for (int i = 0; i < 10; i++) {
      groups.add(builder(ticker).build());
    }
    var calls = new long[1];
    var perTenth = new double[300];
    for (int ms = 0; ms < 30_000; ms++) {
      ticker.advanceNanos(1_000_000);
      long before = calls[0];
      for (FailoverGroup<String> group : groups) {
        boolean unused = call(List.of(group), 0, ms < 5_000, calls);
      }
      perTenth[ms / 100] += (calls[0] - before) / 1000.0;
    }
    groups.forEach(FailoverGroup::close);
    for (int tenth = 60; tenth < 300; tenth++) {
      assertThat(perTenth[tenth]).as("tenth %d", tenth).isBetween(1.1, 1.3);
    }
  }

  /** In every interleaving, each token is taken at most once and none is lost. */
  @Test
  void tryRetry_concurrentCallers_admitExactlyTheDeposits() throws Exception {
    int threads = 4;
    int each = 25_000;
    var budget = new RetryBudget(0.5, 0);
    var admitted = new LongAdder();
    var start = new CountDownLatch(1);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      var ends = new ArrayList<Future<?>>();
      for (int thread = 0; thread < threads; thread++) {
        ends.add(
            pool.submit(() -> {
              start.await();
              for (int i = 0; i < each; i++) {
                budget.request(0);
                if (budget.tryRetry(0)) {
                  admitted.increment();
                  if (i % 10 == 0) {
                    budget.refund(0);
                    admitted.decrement();
                  }
                }
              }
              return null;
            }));
      }
      start.countDown();
      for (Future<?> end : ends) {
        end.get(30, TimeUnit.SECONDS);
      }
    } finally {
      pool.shutdownNow();
    }
    while (budget.tryRetry(0)) {
      admitted.increment();
    }
    assertThat(admitted.sum()).isEqualTo(threads * each / 2);
  }

  /** Sends 1,000 requests per second for a minute, with up to three retries each. */
  @DisplayName(
      "R-66: the budget hides one failed endpoint of ten and bounds the load of a complete outage")
  @ParameterizedTest
  @CsvSource({"0.1, 0.999, 1.12", "0.5, 0.55, 1.215", "1.0, 0, 1.215"})
  void tryRetry_failureRates_boundAmplificationAndHideRareFailures(
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
  void next_exhaustedBudget_admitsFirstAttemptsOnly() {
    FailoverGroup<String> group =
        builder(new ManualTicker()).retry(RetryPolicy.builder().budget(0, 0).build()).build();
    Attempts<String> attempts = group.begin(true);
    requireNonNull(attempts.next()).end(Outcome.FAILURE, 0);
    assertThat(attempts.next()).isNull();
    assertThat(group.begin(true).next()).isNotNull();
    assertThat(group.snapshot().retriesRejected()).isEqualTo(1);
  }

  @Test
  void next_deadline_noAttemptStartsAfterItAndTimeoutsShrink() {
    var ticker = new ManualTicker();
    FailoverGroup<String> group =
        builder(ticker).retry(RetryPolicy.builder().perTry(Duration.ofMillis(800)).build()).build();
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
  void timeout_ofALease_isPerTryOrTheTimeToTheDeadline() throws Exception {
    var ticker = new ManualTicker();
    FailoverGroup<String> group =
        builder(ticker).retry(RetryPolicy.builder().perTry(Duration.ofMillis(800)).build()).build();
    assertThat(requireNonNull(group.select(new SelectContext())).timeout())
        .isEqualTo(Duration.ofMillis(800));
    Duration second =
        group.execute(
            new SelectContext(),
            Duration.ofSeconds(1),
            lease -> {
              if (ticker.read() == 0) {
                assertThat(lease.timeout()).isEqualTo(Duration.ofMillis(800));
                ticker.advance(Duration.ofMillis(700));
                assertThat(lease.timeout()).isEqualTo(Duration.ofMillis(100));
                throw new TimeoutException();
              }
              return lease.timeout();
            });
    assertThat(second).isEqualTo(Duration.ofMillis(300));
  }

  @Test
  void builder_invalidValues_areRejected() {
    var builder = builder(new ManualTicker());
    var retry = RetryPolicy.builder();
    assertThatThrownBy(() -> retry.budget(Double.NaN, 1))
        .hasMessage("ratio: NaN (expected: 0..10)");
    assertThatThrownBy(() -> retry.budget(0.1, -1))
        .hasMessage("minPerSecond: -1 (expected: 0..1000000)");
    assertThatThrownBy(() -> retry.perTry(Duration.ZERO)).hasMessageContaining("perTry: PT0S");
    assertThatThrownBy(() -> builder.build().begin(true, Duration.ofDays(2)))
        .hasMessageContaining("within: PT48H");
  }

  private static FailoverGroupBuilder<String> builder(ManualTicker ticker) {
    return FailoverGroup.<String>builder("g")
        .ticker(ticker)
        .line(Line.of("l", 0, Endpoint.of("a", "A"), Endpoint.of("b", "B")));
  }
}
