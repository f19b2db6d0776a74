// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import com.linecorp.armeria.common.loadbalancer.LoadBalancer;
import com.linecorp.armeria.common.loadbalancer.SimpleLoadBalancer;
import io.gatewaykit.failover.Balancer;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.SelectContext;
import java.util.List;
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
 * Selection of an endpoint only: by weight, round robin, and for Spring through the complete chain
 * of a request. Each GatewayKit thread has its own context, as a request does; the pickers of the
 * peers take none. gRPC's round robin returns a preallocated result. Its weighted picker is
 * measured by its scheduler, which performs the selection.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PickBenchmark {
  /** The implementation and its algorithm. */
  @Param({
    "gatewaykit-weighted",
    "gatewaykit-weighted-random",
    "armeria-weighted",
    "armeria-weighted-random",
    "grpc-weighted",
    "gatewaykit-equal",
    "armeria-equal",
    "grpc-equal",
    "spring-equal",
    "spring-weighted"
  })
  public String by = "gatewaykit-weighted";

  /** The number of endpoints. */
  @Param({"3", "100", "1000", "10000"})
  public int endpoints = 3;

  private Picks picks = context -> "";

  private interface Picks {
    Object pick(SelectContext context);
  }

  /** Creates the implementation. */
  @Setup
  public void build() {
    boolean weighted = by.contains("-weighted");
    List<Integer> numbers = Targets.numbers(endpoints);
    switch (by) {
      case "gatewaykit-weighted", "gatewaykit-equal" ->
          picks = ours(Balancer.smoothWeighted(), weighted);
      case "gatewaykit-weighted-random" -> picks = ours(Balancer.weightedRandom(), weighted);
      case "armeria-weighted" ->
          picks = armeria(LoadBalancer.ofWeightedRoundRobin(numbers, Targets::weight));
      case "armeria-weighted-random" ->
          picks = armeria(LoadBalancer.ofWeightedRandom(numbers, Targets::weight));
      case "armeria-equal" -> picks = armeria(LoadBalancer.ofRoundRobin(numbers));
      case "grpc-weighted", "grpc-equal" -> {
        Supplier<Object> picker =
            weighted
                ? GrpcPickers.weighted(numbers, Targets::weight)
                : GrpcPickers.roundRobin(endpoints);
        picks = context -> picker.get();
      }
      case "spring-equal", "spring-weighted" -> {
        Supplier<Object> chooser =
            SpringChooser.of(endpoints, weighted ? Targets::weight : index -> 1, weighted);
        picks = context -> chooser.get();
      }
      default -> throw new IllegalArgumentException(by);
    }
  }

  private Picks ours(Balancer balancer, boolean weighted) {
    FailoverGroup<Integer> group = Targets.group(endpoints, weighted, balancer).build();
    return context -> Objects.requireNonNull(group.pick(context.reset())).payload();
  }

  private static Picks armeria(SimpleLoadBalancer<Integer> balancer) {
    return context -> Objects.requireNonNull(balancer.pick());
  }

  /** One pick. */
  @Benchmark
  public Object pick(Request request) {
    return picks.pick(request.context);
  }
}
