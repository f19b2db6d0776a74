// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.ratelimit;

import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
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
 * A million keys in random order on one thread. Each key has its own limit, of which little is
 * used. The peers are stored in a ConcurrentHashMap, as their users do.
 *
 * <p>With {@code fresh} keys, each call receives a newly created string, as in a request; {@code
 * key} measures that cost alone, including its 64 bytes. With the {@code same} instances as at
 * insertion, a map matches keys by identity and never compares their text, which no request
 * permits.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(value = 1, jvmArgsAppend = "-Xmx1500m")
public class KeyedLimiterBenchmark {
  private static final int KEYS = 1_000_000;
  private static final int[] POWERS = {100_000, 10_000, 1000, 100, 10, 1};

  /** The implementation. */
  @Param({"key", "gatewaykit", "bucket4j", "guava", "resilience4j"})
  public String limiter = "gatewaykit";

  /** Whether each call uses a new string. */
  @Param({"fresh", "same"})
  public String strings = "fresh";

  private final String[] keys = new String[KEYS];
  private final int[] order = new int[1 << 20];
  private final char[] text = new char[12];
  private boolean fresh;
  private int next;
  private Predicate<String> asked = key -> true;

  /** Creates the keys, and inserts each once. */
  @Setup
  public void build() {
    var random = new SplittableRandom(1);
    fresh = strings.equals("fresh");
    for (int i = 0; i < KEYS; i++) {
      keys[i] = key(i);
    }
    for (int i = 0; i < order.length; i++) {
      order[i] = random.nextInt(KEYS);
    }
    asked = limiter();
    for (String key : keys) {
      if (!asked.test(key)) {
        throw new IllegalStateException(limiter + " rejected a permit");
      }
    }
  }

  /** Writes an address: twelve characters, of which the last six distinguish the keys. */
  private String key(int number) {
    for (int i = 0; i < text.length; i++) {
      text[i] = (char) ('0' + (i < 6 ? 4 : number / POWERS[i - 6] % 10));
    }
    return new String(text);
  }

  private Predicate<String> limiter() {
    switch (limiter) {
      case "key" -> {
        return key -> !key.isEmpty();
      }
      case "gatewaykit" -> {
        KeyedLeakyBucket<String> buckets =
            KeyedLeakyBucket.<String>builder()
                .limit(Limit.of(1, Duration.ofMinutes(10)).burst(1_000_000).nodelay())
                .maxKeys(KEYS)
                .build();
        return buckets::tryAcquire;
      }
      case "bucket4j" -> {
        var buckets = new ConcurrentHashMap<String, Bucket>();
        return key ->
            buckets
                .computeIfAbsent(
                    key,
                    k ->
                        Bucket.builder()
                            .addLimit(
                                l -> l.capacity(1_000_000).refillGreedy(1, Duration.ofSeconds(1)))
                            .build())
                .tryConsume(1);
      }
      case "guava" -> {
        var limiters =
            new ConcurrentHashMap<String, com.google.common.util.concurrent.RateLimiter>();
        return key ->
            limiters
                .computeIfAbsent(
                    key, k -> com.google.common.util.concurrent.RateLimiter.create(1e5))
                .tryAcquire();
      }
      case "resilience4j" -> {
        var config =
            RateLimiterConfig.custom()
                .limitRefreshPeriod(Duration.ofDays(1))
                .limitForPeriod(1_000_000)
                .timeoutDuration(Duration.ZERO)
                .build();
        var limiters = new ConcurrentHashMap<String, RateLimiter>();
        return key ->
            limiters.computeIfAbsent(key, k -> RateLimiter.of(k, config)).acquirePermission();
      }
      default -> throw new IllegalArgumentException(limiter);
    }
  }

  /** Attempts to acquire for one of the keys. */
  @Benchmark
  public boolean ask() {
    next = next + 1 & order.length - 1;
    return asked.test(fresh ? key(order[next]) : keys[order[next]]);
  }
}
