// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.Balancer;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.ReusableLease;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
 * A complete lease: selection by latency, in-flight accounting, and a report of success with its
 * latency. All three implementations read the clock twice. ServiceTalk selects the connection and
 * tracks the request as in its client; {@code servicetalk-select} excludes the tracking and
 * therefore measures no latency. {@code gatewaykit-smooth} uses the weighted round robin, {@code
 * gatewaykit-ewma-reusable} allocates no object per lease.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LeaseBenchmark {
  /** The implementation. */
  @Param({
    "gatewaykit-ewma",
    "gatewaykit-ewma-reusable",
    "gatewaykit-smooth",
    "finagle-ewma",
    "servicetalk-ewma",
    "servicetalk-select"
  })
  public String by = "gatewaykit-ewma";

  /** The number of endpoints. */
  @Param({"3", "100"})
  public int endpoints = 3;

  private Leases leases = request -> "";

  private interface Leases {
    Object lease(Request request);
  }

  /** Creates the implementation. */
  @Setup
  public void build() {
    switch (by) {
      case "gatewaykit-ewma" -> leases = ours(Targets.balancer("ewma"));
      case "gatewaykit-ewma-reusable" -> leases = reusing(Targets.balancer("ewma"));
      case "gatewaykit-smooth" -> leases = ours(Targets.balancer("smooth"));
      case "finagle-ewma" -> leases = peer(FinagleLeases.of(endpoints));
      case "servicetalk-ewma" -> leases = peer(ServiceTalkLeases.of(endpoints, true));
      case "servicetalk-select" -> leases = peer(ServiceTalkLeases.of(endpoints, false));
      default -> throw new IllegalArgumentException(by);
    }
  }

  private Leases ours(Balancer balancer) {
    FailoverGroup<Integer> group = Targets.group(endpoints, false, balancer).build();
    return request -> {
      Lease<Integer> lease = Objects.requireNonNull(group.select(request.context.reset()));
      lease.succeed(200);
      return lease.payload();
    };
  }

  private Leases reusing(Balancer balancer) {
    FailoverGroup<Integer> group = Targets.group(endpoints, false, balancer).build();
    return request -> {
      ReusableLease<Integer> lease = request.lease(group);
      long number = lease.begin(request.context.reset());
      lease.end(number, Outcome.SUCCESS, 200);
      return lease.payload();
    };
  }

  private static Leases peer(Supplier<Object> lease) {
    return request -> lease.get();
  }

  /** One lease. */
  @Benchmark
  public Object lease(Request request) {
    return leases.lease(request);
  }
}
