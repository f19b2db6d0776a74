// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import com.linecorp.armeria.common.loadbalancer.LoadBalancer;
import io.gatewaykit.failover.Balancer;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.SelectContext;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
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
 * Lookup of the owner of a key, a different key each time. Keys are numbers, so that no
 * implementation hashes a string. Armeria's sticky balancer hashes to list positions, so most keys
 * move when an endpoint is removed. With gRPC's ring and with GatewayKit, only the keys of that
 * endpoint move.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HashPickBenchmark {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  /** The implementation. */
  @Param({"gatewaykit", "gatewaykit-bounded", "armeria", "grpc-ring"})
  public String by = "gatewaykit";

  /** The number of endpoints. */
  @Param({"10", "100"})
  public int endpoints = 10;

  private long key;
  private LongFunction<Object> owners = any -> "";

  /** Creates the implementation. */
  @Setup
  public void build() {
    owners =
        switch (by) {
          case "gatewaykit" -> ours(Balancer.consistentHash());
          case "gatewaykit-bounded" -> ours(Balancer.boundedHash(1.25));
          case "armeria" -> {
            LoadBalancer<Integer, Long> sticky =
                LoadBalancer.ofSticky(Targets.numbers(endpoints), Long::longValue);
            yield any -> Objects.requireNonNull(sticky.pick(any));
          }
          case "grpc-ring" -> GrpcPickers.ring(endpoints);
          default -> throw new IllegalArgumentException(by);
        };
  }

  private LongFunction<Object> ours(Balancer balancer) {
    FailoverGroup<Integer> group = Targets.group(endpoints, false, balancer).build();
    var context = new SelectContext();
    return any -> Objects.requireNonNull(group.pick(context.reset().key(any))).payload();
  }

  /** Looks up the owner of one key. */
  @Benchmark
  public Object pick() {
    key += GAMMA;
    return owners.apply(key);
  }
}
