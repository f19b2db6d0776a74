// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.EndpointPolicy;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.SelectContext;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
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
 * Overhead of a successful call. The peers wrap it in a breaker and a retry policy but select no
 * target. GatewayKit also selects one of ten endpoints, counts, and measures latency. {@code lease}
 * and {@code attempts} exclude the overhead of {@code execute}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ExecutionBenchmark {
  /** The implementation. */
  @Param({
    "gatewaykit-lease",
    "gatewaykit-attempts",
    "gatewaykit-execute",
    "gatewaykit-execute-breaker",
    "resilience4j-breaker",
    "failsafe-breaker-retry"
  })
  public String by = "gatewaykit-lease";

  private Callable<Integer> call = () -> 1;

  /** Creates the implementation. */
  @Setup
  public void build() {
    FailoverGroup<Integer> group = group(by.endsWith("breaker"));
    switch (by) {
      case "gatewaykit-lease" -> {
        var context = new SelectContext();
        call =
            () -> {
              Lease<Integer> lease = Objects.requireNonNull(group.select(context.reset()));
              lease.succeed(200);
              return lease.payload();
            };
      }
      case "gatewaykit-attempts" ->
          call =
              () -> {
                Lease<Integer> lease = Objects.requireNonNull(group.begin(true).next());
                lease.succeed(200);
                return lease.payload();
              };
      case "gatewaykit-execute", "gatewaykit-execute-breaker" ->
          call = () -> group.execute(true, Lease::payload);
      case "resilience4j-breaker" -> {
        CircuitBreaker breaker = CircuitBreaker.of("x", CircuitBreakerConfig.ofDefaults());
        call = CircuitBreaker.decorateCallable(breaker, () -> 1);
      }
      case "failsafe-breaker-retry" -> {
        FailsafeExecutor<Integer> executor =
            Failsafe.with(
                dev.failsafe.RetryPolicy.<Integer>builder().withMaxRetries(2).build(),
                dev.failsafe.CircuitBreaker.<Integer>builder()
                    .withFailureThreshold(50, 100)
                    .build());
        call = () -> executor.get(() -> 1);
      }
      default -> throw new IllegalArgumentException(by);
    }
  }

  private static FailoverGroup<Integer> group(boolean breaker) {
    var endpoints = new ArrayList<Endpoint<Integer>>();
    for (int i = 0; i < 10; i++) {
      endpoints.add(Endpoint.of("e" + i, i));
    }
    var builder =
        FailoverGroup.<Integer>builder("g").line(new Line<>("l", 0, List.copyOf(endpoints)));
    if (breaker) {
      builder.endpoints(
          EndpointPolicy.builder()
              .breaker(
                  io.gatewaykit.failover.breaker.CircuitBreaker.builder()
                      .window(100)
                      .minCalls(100)
                      .slowCalls(Duration.ofSeconds(60), 1))
              .build());
    }
    return builder.build();
  }

  /** One successful call. */
  @Benchmark
  public Integer succeed() throws Exception {
    return call.call();
  }
}
