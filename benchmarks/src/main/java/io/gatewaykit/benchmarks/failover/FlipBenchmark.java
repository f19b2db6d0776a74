// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.failover.Balancer;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.SelectContext;
import io.gatewaykit.failover.Topology;
import java.time.Duration;
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
 * Cost of the first pick after a change among 10,000 endpoints, which rebuilds the selection table:
 * one endpoint changes its health, or the topology is replaced. The clock is advanced manually,
 * since a group otherwise spreads rebuilds over time.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FlipBenchmark {
  private static final int ENDPOINTS = 10_000;

  /** The balancer. */
  @Param({"smooth", "random", "ewma", "hash"})
  public String balancer = "smooth";

  private final SelectContext context = new SelectContext();
  private final ManualTicker ticker = new ManualTicker();
  private final SwitchedHealth health = new SwitchedHealth();
  private final Topology<Integer> even = topology(1);
  private final Topology<Integer> other = topology(2);
  private FailoverGroup<Integer> group = group(Balancer.first());
  private int turn;

  private FailoverGroup<Integer> group(Balancer balancer) {
    return FailoverGroup.builder("g", even)
        .balancer(balancer)
        .health(health)
        .ticker(ticker)
        .build();
  }

  private static Topology<Integer> topology(int weight) {
    return Topology.<Integer>builder()
        .line(
            "l",
            line -> {
              for (int i = 0; i < ENDPOINTS; i++) {
                line.endpoint("e" + i, i, i % 2 == 0 ? weight : 1);
              }
            })
        .build();
  }

  /** Creates the group. */
  @Setup
  public void build() {
    group.close();
    group = group(Targets.balancer(balancer));
  }

  /** One endpoint goes down or recovers, and the next pick uses its new state. */
  @Benchmark
  public Endpoint<Integer> flip() {
    int next = turn++;
    health.set("e" + next / 2 % ENDPOINTS, next % 2 == 0 ? Health.UNHEALTHY : Health.HEALTHY);
    ticker.advance(Duration.ofMillis(1));
    return Objects.requireNonNull(group.pick(context.reset()));
  }

  /** Half of the endpoints receive another weight. */
  @Benchmark
  public Endpoint<Integer> update() {
    group.update(turn++ % 2 == 0 ? other : even);
    ticker.advance(Duration.ofMillis(1));
    return Objects.requireNonNull(group.pick(context.reset()));
  }
}
