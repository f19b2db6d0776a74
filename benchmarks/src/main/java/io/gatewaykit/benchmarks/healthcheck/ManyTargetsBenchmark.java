// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.healthcheck.CheckerSnapshot;
import io.gatewaykit.healthcheck.HealthChecker;
import io.gatewaykit.healthcheck.Outliers;
import io.gatewaykit.healthcheck.PassiveRules;
import io.gatewaykit.healthcheck.ProbeEngine;
import io.gatewaykit.healthcheck.Target;
import io.gatewaykit.healthcheck.TargetHandle;
import io.gatewaykit.healthcheck.Thresholds;
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
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Cost of replacing and of taking a snapshot of ten thousand targets. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ManyTargetsBenchmark {
  private static final int TARGETS = 10_000;

  private final ProbeEngine engine = ProbeEngine.builder().build();
  private final HealthChecker changing = checker();
  private final HealthChecker standing = checker();
  private final List<Target> all = targets(0);
  private final List<Target> others = targets(TARGETS);
  private final List<Target> churned = targets(TARGETS / 100);
  private final TargetHandle[] handles = new TargetHandle[TARGETS];
  private boolean turn;

  private HealthChecker checker() {
    return HealthChecker.builder("bench")
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
                .interval(Duration.ofDays(1))
                .build())
        .build();
  }

  private static List<Target> targets(int from) {
    try {
      var targets = new ArrayList<Target>(TARGETS);
      for (int i = from; i < from + TARGETS; i++) {
        byte[] ip = {127, (byte) (i >> 16), (byte) (i >> 8), (byte) i};
        targets.add(new Target("t" + i, new InetSocketAddress(InetAddress.getByAddress(ip), 80)));
      }
      return targets;
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sets the initial targets. */
  @Setup(Level.Trial)
  public void setInitialTargets() {
    standing.setTargets(all);
    for (int i = 0; i < TARGETS; i++) {
      handles[i] = requireNonNull(standing.target("t" + i));
    }
  }

  @TearDown
  public void close() {
    engine.close();
  }

  /** Replaces all ten thousand targets by others. */
  @Benchmark
  public void replaceAll() {
    turn = !turn;
    changing.setTargets(turn ? all : others);
  }

  /** Replaces one in a hundred. */
  @Benchmark
  public void replaceOnePercent() {
    turn = !turn;
    changing.setTargets(turn ? all : churned);
  }

  /** Takes a snapshot of ten thousand targets. */
  @Benchmark
  public CheckerSnapshot snapshot() {
    return standing.snapshot();
  }
}
