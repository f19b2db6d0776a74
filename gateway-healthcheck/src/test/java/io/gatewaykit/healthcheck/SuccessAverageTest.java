package io.gatewaykit.healthcheck;

import static io.gatewaykit.healthcheck.VirtualNetwork.targets;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The numbers of Finagle's failure accrual. */
class SuccessAverageTest {
  private static final long SECOND = 1_000_000_000;

  private final VirtualNetwork network = new VirtualNetwork();

  @AfterEach
  void close() {
    network.close();
  }

  @ParameterizedTest
  @CsvSource({"0.5, 70", "0.8, 23", "0.9, 11"})
  void afterAHundredSuccesses_soManyFailuresAreNeeded(double least, int failures) {
    var average = new SuccessAverage(100 * SECOND);
    long now = Long.MAX_VALUE - 20 * SECOND; // the clock wraps meanwhile
    for (int i = 0; i < 100; i++, now += SECOND) {
      assertThat(average.count(true, 5, now)).isEqualTo(1);
    }
    int needed = 1;
    while (average.count(false, 5, now) >= least) {
      needed++;
      now += SECOND;
    }
    assertThat(needed).isEqualTo(failures);
  }

  @Test
  void result_standsForTheTimeBeforeIt() {
    var average = new SuccessAverage(10 * SECOND);
    average.count(true, 1, 0);
    assertThat(average.count(false, 1, 10 * SECOND)).isCloseTo(Math.exp(-1), within(1e-12));
    assertThat(average.count(true, 1, 20 * SECOND))
        .isCloseTo(1 - Math.exp(-1) + Math.exp(-2), within(1e-12));
  }

  @Test
  void fewOrEarlyRequests_areNotJudged() {
    var average = new SuccessAverage(10 * SECOND);
    for (int i = 0; i < 10; i++) {
      assertThat(average.count(false, 5, i * SECOND)).as("within the first window").isEqualTo(1);
    }
    assertThat(average.count(false, 5, 10 * SECOND)).isZero();
    assertThat(average.count(false, 5, 60 * SECOND)).as("one a minute is too few").isEqualTo(1);
    average.forget();
    assertThat(average.count(false, 1, 61 * SECOND)).isEqualTo(1);
  }

  /** Good and bad in turn for thirty seconds: the failure after that ejects, by the average. */
  @Test
  void alternating_isEjectedAfterAWindow_notByTheRow() {
    Outliers outliers =
        Outliers.builder().failuresInARow(3).averageSuccess(0.8, Duration.ofSeconds(30), 5).build();
    try (var checker = checker(outliers)) {
      TargetHandle handle = requireNonNull(checker.target("t0"));
      for (int second = 0; second < 30; second++) {
        report(handle, second % 2 == 0);
        assertThat(handle.state()).isNotEqualTo(TargetState.EJECTED);
        network.pass(Duration.ofSeconds(1));
      }
      handle.reportTimeout();
      assertThat(handle.state()).isEqualTo(TargetState.EJECTED);
      assertThat(checker.snapshot().targets().get(0).cause())
          .startsWith("average success ")
          .endsWith(" % below 80.0 %");
    }
  }

  @Test
  void returned_isJudgedAnew() {
    Outliers outliers =
        Outliers.builder()
            .averageSuccess(0.5, Duration.ofSeconds(10), 2)
            .ejection(Duration.ofSeconds(5), Duration.ofSeconds(5))
            .build();
    try (var checker = checker(outliers)) {
      TargetHandle handle = requireNonNull(checker.target("t0"));
      for (int round = 0; round < 2; round++) {
        for (int second = 0; second < 10; second++) {
          handle.reportTimeout();
          assertThat(handle.state()).as("round " + round).isNotEqualTo(TargetState.EJECTED);
          network.pass(Duration.ofSeconds(1));
        }
        handle.reportTimeout();
        assertThat(handle.state()).isEqualTo(TargetState.EJECTED);
        network.pass(Duration.ofSeconds(6));
      }
    }
  }

  private HealthChecker checker(Outliers outliers) {
    HealthChecker checker = network.outlierChecker(outliers).build();
    checker.setTargets(targets(3));
    network.settle();
    return checker;
  }

  private static void report(TargetHandle handle, boolean success) {
    if (success) {
      handle.reportSuccess();
    } else {
      handle.reportStatus(500);
    }
  }
}
