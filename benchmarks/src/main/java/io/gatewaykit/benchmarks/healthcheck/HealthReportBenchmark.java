// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.healthcheck.HealthChecker;
import io.gatewaykit.healthcheck.Outliers;
import io.gatewaykit.healthcheck.PassiveRules;
import io.gatewaykit.healthcheck.ProbeEngine;
import io.gatewaykit.healthcheck.Target;
import io.gatewaykit.healthcheck.TargetHandle;
import io.gatewaykit.healthcheck.Thresholds;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Per-request cost of reporting an outcome and of querying whether a target is available. The peer
 * is resilience4j's circuit breaker, the common per-target bookkeeping of Java services. Run with
 * {@code -t 1} and {@code -t 2}: all threads share one target.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HealthReportBenchmark {
  private final ProbeEngine engine = ProbeEngine.builder().build();
  private final HealthChecker plain = checker(false);
  private final HealthChecker counting = checker(true);
  private final TargetHandle plainTarget = healthy(plain);
  private final TargetHandle countedTarget = healthy(counting);
  private final TargetHandle failingTarget = failing(checker(false));
  private final CircuitBreaker breaker = CircuitBreaker.ofDefaults("peer");

  private HealthChecker checker(boolean outliers) {
    var builder =
        HealthChecker.builder("bench")
            .engine(engine)
            .passive(
                PassiveRules.builder()
                    .withoutProbes()
                    .trialAfter(Duration.ofHours(1))
                    .thresholds(Thresholds.perKind(254, 254, 0, 254))
                    .build());
    HealthChecker checker = (outliers ? builder.outliers(Outliers.standard()) : builder).build();
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
    checker.setTargets(List.of(new Target("a", address)));
    return checker;
  }

  private static TargetHandle healthy(HealthChecker checker) {
    TargetHandle handle = requireNonNull(checker.target("a"));
    handle.reportSuccess();
    return handle;
  }

  /** Mostly healthy, so that each report is counted: a success resets the failures. */
  private static TargetHandle failing(HealthChecker checker) {
    TargetHandle handle = healthy(checker);
    handle.reportStatus(500);
    return handle;
  }

  @TearDown
  public void close() {
    engine.close();
  }

  /** Success status of a healthy target. */
  @Benchmark
  public void reportSuccess() {
    plainTarget.reportStatus(200);
  }

  /** Success status, also counted for outlier detection. */
  @Benchmark
  public void reportSuccessForOutliers() {
    countedTarget.reportStatus(200);
  }

  /** One failure and one success, both counted by compare-and-set. */
  @Benchmark
  public void reportFailureAndSuccess() {
    failingTarget.reportTimeout();
    failingTarget.reportSuccess();
  }

  /** Availability, queried before each request. */
  @Benchmark
  public boolean isAvailable() {
    return plainTarget.isAvailable();
  }

  /** Availability by id, as queried by a selector. */
  @Benchmark
  public boolean healthByName() {
    return plain.health("a").available();
  }

  /** Success report of the peer. */
  @Benchmark
  public void resilience4jSuccess() {
    breaker.onSuccess(1_000_000, TimeUnit.NANOSECONDS);
  }

  /** Permission of the peer, queried before each request. */
  @Benchmark
  public boolean resilience4jPermission() {
    return breaker.tryAcquirePermission();
  }
}
