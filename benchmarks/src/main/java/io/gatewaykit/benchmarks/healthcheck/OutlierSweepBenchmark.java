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
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One outlier comparison of all targets, each with a hundred requests since the last one, counted
 * within the measured time. The comparison, which the engine starts at its interval, is called by
 * reflection.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class OutlierSweepBenchmark {
  private static final MethodHandle SWEEP = sweep();

  @Param({"1000", "10000"})
  private int targets;

  private final ProbeEngine engine = ProbeEngine.builder().build();
  private final HealthChecker checker =
      HealthChecker.builder("bench")
          .engine(engine)
          .passive(
              PassiveRules.builder()
                  .withoutProbes()
                  .trialAfter(Duration.ofHours(1))
                  .thresholds(Thresholds.off())
                  .build())
          .outliers(
              Outliers.builder()
                  .successRate(1.9)
                  .failurePercentage(85)
                  .volume(5, 1)
                  .interval(Duration.ofDays(1))
                  .build())
          .build();
  private final List<TargetHandle> handles = new ArrayList<>();

  private static MethodHandle sweep() {
    try {
      return MethodHandles.privateLookupIn(HealthChecker.class, MethodHandles.lookup())
          .findVirtual(HealthChecker.class, "sweepOutliers", MethodType.methodType(void.class));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("sweepOutliers", e);
    }
  }

  /** Creates the targets. */
  @Setup
  public void setUp() throws UnknownHostException {
    var all = new ArrayList<Target>();
    for (int i = 0; i < targets; i++) {
      byte[] ip = {127, 0, (byte) (i >> 8), (byte) i};
      all.add(new Target("t" + i, new InetSocketAddress(InetAddress.getByAddress(ip), 80)));
    }
    checker.setTargets(all);
    all.forEach(target -> handles.add(requireNonNull(checker.target(target.id()))));
  }

  @TearDown
  public void close() {
    engine.close();
  }

  /** A request to each target, then the comparison; subtract {@link #reports} for its share. */
  @Benchmark
  public void reportsAndSweep() throws Throwable {
    reports();
    SWEEP.invokeExact(checker);
  }

  /** A request to each target. */
  @Benchmark
  public void reports() {
    for (TargetHandle handle : handles) {
      handle.reportSuccess();
    }
  }
}
