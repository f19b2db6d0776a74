// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.redis;

import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.redis.RedisLeakyBucket;
import io.gatewaykit.redis.RedisStore;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A decision by this node's share of the limit, while Redis is down and the circuit open. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RedisDownBenchmark {
  private @Nullable RedisClient client;
  private @Nullable RedisStore store;
  private @Nullable RedisLeakyBucket<String> buckets;

  /** Starts a server, connects, and stops the server. */
  @Setup
  public void start() throws IOException {
    try (var server = new ServerProcess()) {
      client = server.client();
      store =
          RedisStore.builder(client).breaker(1, Duration.ofHours(1), Duration.ofHours(1)).build();
      buckets =
          RedisLeakyBucket.<String>builder(store, "benchmark")
              .limit(Limit.perSecond(100_000_000).burst(100_000_000).nodelay())
              .build();
      buckets.check("k", 1);
    }
    while (store.isAvailable()) {
      buckets.check("k", 1);
    }
  }

  /** Closes the remaining resources. */
  @TearDown
  public void stop() {
    if (store != null) {
      store.close();
    }
    if (client != null) {
      client.shutdown();
    }
  }

  /** Requests one decision. */
  @Benchmark
  public Decision check() {
    if (buckets == null) {
      throw new IllegalStateException("not set up");
    }
    return buckets.check("k", 1);
  }
}
