// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.ratelimit;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.CoarseTicker;
import io.gatewaykit.ratelimit.LeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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
 * One limiter on one thread, which admits or rejects every call, compared with its peers and a
 * lower bound: one clock reading and one compare-and-set. The run fails if a limiter deviates from
 * its path.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SingleLimiterBenchmark {
  private static final long MANY = 500_000_000;

  /** The implementation. */
  @Param({"floor", "gatewaykit", "gatewaykit-coarse", "bucket4j", "guava", "resilience4j"})
  public String limiter = "floor";

  private BooleanSupplier admitting = () -> true;
  private BooleanSupplier rejecting = () -> false;

  /** Creates a limiter that always admits, and one that always rejects. */
  @Setup
  public void build() {
    switch (limiter) {
      case "floor" -> {
        var word = new AtomicLong();
        admitting = () -> word.compareAndSet(word.get(), System.nanoTime());
        rejecting = () -> System.nanoTime() == word.get();
      }
      case "gatewaykit", "gatewaykit-coarse" -> {
        boolean exact = limiter.equals("gatewaykit");
        Ticker ticker = exact ? Ticker.system() : CoarseTicker.every(Duration.ofMillis(1));
        LeakyBucket fast =
            LeakyBucket.builder()
                .limit(Limit.perSecond(MANY).burst(100_000_000).nodelay())
                .ticker(ticker)
                .build();
        LeakyBucket slow =
            LeakyBucket.builder().limit(Limit.of(1, Duration.ofDays(1))).ticker(ticker).build();
        admitting = fast::tryAcquire;
        rejecting = slow::tryAcquire;
      }
      case "bucket4j" -> {
        Bucket fast =
            Bucket.builder()
                .addLimit(l -> l.capacity(MANY).refillGreedy(MANY, Duration.ofSeconds(1)))
                .build();
        Bucket slow =
            Bucket.builder()
                .addLimit(l -> l.capacity(1).refillGreedy(1, Duration.ofDays(1)))
                .build();
        admitting = () -> fast.tryConsume(1);
        rejecting = () -> slow.tryConsume(1);
      }
      case "guava" -> {
        var fast = com.google.common.util.concurrent.RateLimiter.create(1e12);
        var slow = com.google.common.util.concurrent.RateLimiter.create(1e-5);
        admitting = fast::tryAcquire;
        rejecting = slow::tryAcquire;
      }
      case "resilience4j" -> {
        RateLimiter fast = resilience4j(Duration.ofSeconds(1), Integer.MAX_VALUE);
        RateLimiter slow = resilience4j(Duration.ofDays(1), 1);
        admitting = fast::acquirePermission;
        rejecting = slow::acquirePermission;
      }
      default -> throw new IllegalArgumentException(limiter);
    }
    boolean first = rejecting.getAsBoolean(); // takes the only permit
    if (first == limiter.equals("floor")) {
      throw new IllegalStateException(limiter + " did not grant exactly the first permit");
    }
  }

  private static RateLimiter resilience4j(Duration period, int permits) {
    return RateLimiter.of(
        "x",
        RateLimiterConfig.custom()
            .limitRefreshPeriod(period)
            .limitForPeriod(permits)
            .timeoutDuration(Duration.ZERO)
            .build());
  }

  /** Acquires; every call is admitted. */
  @Benchmark
  public boolean admit() {
    if (!admitting.getAsBoolean()) {
      throw new IllegalStateException(limiter + " rejected a permit");
    }
    return true;
  }

  /** Acquires; every call is rejected. */
  @Benchmark
  public boolean refuse() {
    if (rejecting.getAsBoolean()) {
      throw new IllegalStateException(limiter + " admitted");
    }
    return false;
  }
}
