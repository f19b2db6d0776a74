// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.SelectContext;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
 * The distribution of the time to lease one of 10,000 endpoints while one of them changes its
 * health every ten milliseconds. A lease starts every 100 microseconds or so, as in a service with
 * 10,000 requests per second: leases in a closed loop would hide the few that are slow.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ChurnBenchmark {
  private static final int ENDPOINTS = 10_000;
  private static final long CHANGE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(40);

  /** The balancer. */
  @Param({"smooth", "ewma"})
  public String balancer = "smooth";

  private final SwitchedHealth health = new SwitchedHealth();
  private final SelectContext context = new SelectContext();
  private FailoverGroup<Integer> group = group();
  private volatile boolean running = true;
  private Thread changes = new Thread(() -> {});

  private FailoverGroup<Integer> group() {
    return Targets.group(ENDPOINTS, false, Targets.balancer(balancer)).health(health).build();
  }

  /** Creates the group and starts the changes. */
  @Setup
  public void start() {
    group.close();
    group = group();
    running = true;
    changes = new Thread(this::change, "changes");
    changes.setDaemon(true);
    changes.start();
  }

  private void change() {
    for (int i = 0; running; i++) {
      health.set("e" + i / 2 % ENDPOINTS, i % 2 == 0 ? Health.UNHEALTHY : Health.HEALTHY);
      LockSupport.parkNanos(CHANGE_NANOS);
    }
  }

  /** Stops the changes. */
  @TearDown
  public void stop() throws InterruptedException {
    running = false;
    changes.join();
    group.close();
  }

  /** Waits between leases; not part of the sample. */
  @Setup(Level.Invocation)
  public void pause() {
    LockSupport.parkNanos(PAUSE_NANOS);
  }

  /** One lease. */
  @Benchmark
  public Object select() {
    Lease<Integer> lease = Objects.requireNonNull(group.select(context.reset()));
    lease.succeed(200);
    return lease.payload();
  }
}
