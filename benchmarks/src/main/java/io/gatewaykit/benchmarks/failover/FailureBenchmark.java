// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.Balancer;
import io.gatewaykit.failover.EndpointPolicy;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.ReusableLease;
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
 * A lease that ends with a failure, compared with one that ends with a success. One of 13 leases
 * ends with a success in any case, so that no endpoint is ejected.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FailureBenchmark {
  /** The outcome of the measured leases. */
  @Param({"SUCCESS", "FAILURE"})
  public Outcome outcome = Outcome.SUCCESS;

  /** The number of endpoints. */
  @Param({"3", "100", "1000", "10000"})
  public int endpoints = 3;

  private FailoverGroup<Integer> group = group(3);

  private static FailoverGroup<Integer> group(int endpoints) {
    return Targets.group(endpoints, true, Balancer.smoothWeighted())
        .endpoints(EndpointPolicy.builder().maxFails(1000).build())
        .build();
  }

  /** Creates the group. */
  @Setup
  public void build() {
    group.close();
    group = group(endpoints);
  }

  /** One lease; every 13th ends with a success, which resets the consecutive failures. */
  @Benchmark
  public Object end(Request request) {
    ReusableLease<Integer> lease = request.lease(group);
    long number = lease.begin(request.context.reset());
    Object payload = lease.payload();
    lease.end(number, number % 13 == 0 ? Outcome.SUCCESS : outcome, 200);
    return payload;
  }
}
