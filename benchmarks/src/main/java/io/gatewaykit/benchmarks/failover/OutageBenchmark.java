// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.failover.Balancer;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.LinePolicy;
import io.gatewaykit.failover.PanicMode;
import io.gatewaykit.failover.SelectContext;
import java.util.Objects;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * A pick and a lease among 1,000 endpoints, a share of which is down. The run fails if no endpoint,
 * or one that is down, is selected; a result therefore implies that every pick succeeded. With
 * {@code REJECT}, a group in panic rejects instead of guessing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OutageBenchmark {
  private static final int ENDPOINTS = 1000;

  /** The percentage of endpoints that are down. */
  @Param({"0", "90"})
  public int down;

  /** The balancer. */
  @Param({"smooth", "random", "ewma"})
  public String balancer = "smooth";

  private final SelectContext context = new SelectContext();
  private FailoverGroup<Integer> group = group(Balancer.smoothWeighted());

  private FailoverGroup<Integer> group(Balancer balancer) {
    var health = new SwitchedHealth();
    for (int i = 0; i < ENDPOINTS; i++) {
      if (isDown(i)) {
        health.set("e" + i, Health.UNHEALTHY);
      }
    }
    return Targets.group(ENDPOINTS, true, balancer)
        .health(health)
        .lines(LinePolicy.builder().panic(PanicMode.REJECT, 0.01).build())
        .build();
  }

  private boolean isDown(int index) {
    return index % 100 < down;
  }

  /** Creates the group. */
  @Setup
  public void build() {
    group = group(Targets.balancer(balancer));
  }

  private void check(int chosen) {
    if (isDown(chosen)) {
      throw new IllegalStateException("chosen: " + chosen + " (expected: one that is not down)");
    }
  }

  /** One pick. */
  @Benchmark
  public int pick() {
    int chosen = Objects.requireNonNull(group.pick(context.reset())).payload();
    check(chosen);
    return chosen;
  }

  /** One lease. */
  @Benchmark
  public int lease() {
    Lease<Integer> lease = Objects.requireNonNull(group.select(context.reset()));
    lease.succeed(200);
    check(lease.payload());
    return lease.payload();
  }
}
