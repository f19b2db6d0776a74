// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.redis;

import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.redis.RedisLeakyBucket;
import io.gatewaykit.redis.RedisStore;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * 64 callers of a limit shared through one Redis on loopback, with a single key or random ones of
 * 100,000. The limit is wide enough to admit all requests, so every decision requires Redis.
 * Permits are not prefetched.
 *
 * <p>{@code gatewaykit-single} runs without coalescing and deny cache: one script per decision.
 */
@State(Scope.Benchmark)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 3)
@Fork(1)
@Threads(64)
public class SharedLimitBenchmark {
  private static final int MANY = 100_000_000;

  /** The implementation. */
  @Param({"gatewaykit", "gatewaykit-single", "bucket4j"})
  public String limiter = "gatewaykit";

  /** The number of keys. */
  @Param({"1", "100000"})
  public int keys = 1;

  private @Nullable ServerProcess server;
  private @Nullable RedisClient client;
  private @Nullable RedisStore store;
  private Predicate<String> admits = key -> true;

  /** Starts a server and connects. */
  @Setup
  public void start() throws IOException {
    server = new ServerProcess();
    client = server.client();
    if (limiter.equals("bucket4j")) {
      BucketConfiguration configuration =
          BucketConfiguration.builder()
              .addLimit(limit -> limit.capacity(MANY).refillGreedy(MANY, Duration.ofSeconds(1)))
              .build();
      ProxyManager<byte[]> buckets = Bucket4jLettuce.casBasedBuilder(client).build();
      admits =
          key ->
              buckets
                  .getProxy(key.getBytes(StandardCharsets.UTF_8), () -> configuration)
                  .tryConsume(1);
      return;
    }
    store = RedisStore.builder(client).deadline(Duration.ofSeconds(10)).build();
    boolean layers = limiter.equals("gatewaykit");
    RedisLeakyBucket<String> buckets =
        RedisLeakyBucket.<String>builder(store, "benchmark")
            .limit(Limit.perSecond(MANY).burst(MANY).nodelay())
            .coalescing(layers)
            .denyCache(layers)
            .build();
    admits = buckets::tryAcquire;
  }

  /** Stops the server. */
  @TearDown
  public void stop() {
    if (store != null) {
      store.close();
    }
    if (client != null) {
      client.shutdown();
    }
    if (server != null) {
      server.close();
    }
  }

  /** Requests one decision. */
  @Benchmark
  public boolean decide() {
    String key = keys == 1 ? "hot" : "k" + ThreadLocalRandom.current().nextInt(keys);
    if (!admits.test(key)) {
      throw new IllegalStateException("rejected: the limit is too low for this measurement");
    }
    return true;
  }
}
