// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import dev.failsafe.CircuitBreaker;
import io.gatewaykit.api.upstream.Outcome;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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
 * A call through a closed breaker with a success reported, and a rejection by an open breaker. The
 * duration of a call is a constant where it is required, as callers measure it anyway; no peer is
 * charged for a clock that others do not read. Windows cover 100 calls or 10 seconds. Armeria has
 * time windows only.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BreakerBenchmark {
  private static final long LATENCY = 1_000_000;

  /** The implementation and its kind of window. */
  @Param({
    "gatewaykit-count",
    "gatewaykit-time",
    "resilience4j-count",
    "resilience4j-count-lockfree",
    "resilience4j-time",
    "resilience4j-time-lockfree",
    "failsafe-count",
    "failsafe-time",
    "armeria-time"
  })
  public String breaker = "gatewaykit-count";

  private BooleanSupplier closed = () -> true;
  private BooleanSupplier open = () -> false;

  /** Creates a closed and an open breaker. */
  @Setup
  public void build() {
    boolean count = breaker.contains("-count");
    switch (breaker.substring(0, breaker.indexOf('-'))) {
      case "gatewaykit" -> {
        var good = ours(count);
        var bad = ours(count);
        bad.report(bad.tryAcquire(), Outcome.FAILURE, LATENCY);
        closed =
            () -> {
              long permit = good.tryAcquire();
              good.report(permit, Outcome.SUCCESS, LATENCY);
              return permit != io.gatewaykit.failover.breaker.CircuitBreaker.REJECTED;
            };
        open = () -> bad.tryAcquire() != io.gatewaykit.failover.breaker.CircuitBreaker.REJECTED;
      }
      case "resilience4j" -> {
        var good = resilience4j(count, breaker.endsWith("lockfree"));
        var bad = resilience4j(count, breaker.endsWith("lockfree"));
        bad.transitionToOpenState();
        closed =
            () -> {
              boolean permitted = good.tryAcquirePermission();
              good.onSuccess(LATENCY, TimeUnit.NANOSECONDS);
              return permitted;
            };
        open = bad::tryAcquirePermission;
      }
      case "failsafe" -> {
        var good = failsafe(count);
        var bad = failsafe(count);
        bad.open();
        closed =
            () -> {
              boolean permitted = good.tryAcquirePermit();
              good.recordSuccess();
              return permitted;
            };
        open = bad::tryAcquirePermit;
      }
      case "armeria" -> {
        var good =
            com.linecorp.armeria.client.circuitbreaker.CircuitBreaker.builder()
                .counterSlidingWindow(Duration.ofSeconds(10))
                .build();
        closed =
            () -> {
              boolean permitted = good.tryRequest();
              good.onSuccess();
              return permitted;
            };
        var bad =
            com.linecorp.armeria.client.circuitbreaker.CircuitBreaker.builder()
                .circuitOpenWindow(Duration.ofDays(1))
                .build();
        bad.enterState(com.linecorp.armeria.client.circuitbreaker.CircuitState.OPEN);
        open = bad::tryRequest;
      }
      default -> throw new IllegalArgumentException(breaker);
    }
  }

  private static io.gatewaykit.failover.breaker.CircuitBreaker ours(boolean count) {
    var builder =
        io.gatewaykit.failover.breaker.CircuitBreaker.builder()
            .minCalls(100)
            .consecutiveFailures(1)
            .openFor(Duration.ofDays(1), Duration.ofDays(1))
            .slowCalls(Duration.ofSeconds(1), 0.5);
    return (count ? builder.window(100) : builder.window(Duration.ofSeconds(10))).build();
  }

  private static io.github.resilience4j.circuitbreaker.CircuitBreaker resilience4j(
      boolean count, boolean lockFree) {
    return io.github.resilience4j.circuitbreaker.CircuitBreaker.of(
        "x",
        CircuitBreakerConfig.custom()
            .slidingWindow(
                count ? 100 : 10,
                100,
                count ? SlidingWindowType.COUNT_BASED : SlidingWindowType.TIME_BASED,
                lockFree
                    ? SlidingWindowSynchronizationStrategy.LOCK_FREE
                    : SlidingWindowSynchronizationStrategy.SYNCHRONIZED)
            .waitDurationInOpenState(Duration.ofDays(1))
            .slowCallDurationThreshold(Duration.ofSeconds(1))
            .build());
  }

  private static CircuitBreaker<Object> failsafe(boolean count) {
    var builder = CircuitBreaker.builder().withDelay(Duration.ofDays(1));
    return (count
            ? builder.withFailureThreshold(50, 100)
            : builder.withFailureRateThreshold(50, 100, Duration.ofSeconds(10)))
        .build();
  }

  /** Acquires from the closed breaker and reports a success. */
  @Benchmark
  public boolean admit() {
    if (!closed.getAsBoolean()) {
      throw new IllegalStateException(breaker + " rejected a call");
    }
    return true;
  }

  /** Attempts to acquire from the open breaker. */
  @Benchmark
  public boolean refuse() {
    if (open.getAsBoolean()) {
      throw new IllegalStateException(breaker + " admitted");
    }
    return false;
  }
}
