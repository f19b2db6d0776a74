// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.redis.RedisLeakyBucket;
import io.gatewaykit.redis.RedisStore;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures the latency of decisions while Redis is repeatedly suspended and resumed: eight callers,
 * each with at most one call per millisecond, and the default deadline of 25 ms.
 *
 * <p>Usage: {@code java -cp benchmarks.jar io.gatewaykit.benchmarks.redis.DeadlineRun [CYCLES]}. A
 * cycle lasts one second; the first three are not counted.
 */
public final class DeadlineRun {
  private static final int CALLERS = 8;
  private static final Duration HALF = Duration.ofMillis(500);
  private static final int WARM_UP = 3;
  private static final double MILLIS = 1e6;

  private record Timed(Decision.Source source, long nanos) {}

  private DeadlineRun() {}

  /** Runs the measurement and prints the results. */
  public static void main(String[] args) throws Exception {
    int cycles = args.length == 0 ? 30 : Integer.parseInt(args[0]);
    var timed = new ConcurrentLinkedQueue<Timed>();
    try (var server = new ServerProcess()) {
      RedisClient client = server.client();
      RedisStore store = RedisStore.builder(client).build();
      RedisLeakyBucket<String> buckets =
          RedisLeakyBucket.<String>builder(store, "deadline")
              .limit(Limit.perSecond(1_000_000).burst(1_000_000).nodelay())
              .build();
      long end = System.nanoTime() + HALF.multipliedBy(2L * cycles).toNanos();
      List<Thread> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        String key = "k" + i;
        var caller =
            new Thread(() -> {
              while (System.nanoTime() - end < 0) {
                long before = System.nanoTime();
                Decision decision = buckets.check(key, 1);
                timed.add(new Timed(decision.source(), System.nanoTime() - before));
                LockSupport.parkNanos(1_000_000);
              }
            });
        caller.start();
        callers.add(caller);
      }
      for (int i = 0; i < cycles; i++) {
        LockSupport.parkNanos(HALF.toNanos());
        if (i == WARM_UP) {
          timed.clear();
        }
        server.signal("STOP");
        LockSupport.parkNanos(HALF.toNanos());
        server.signal("CONT");
      }
      for (Thread caller : callers) {
        caller.join();
      }
      store.close();
      client.shutdown();
    }
    print(timed);
  }

  private static void print(Iterable<Timed> timed) {
    Map<Decision.Source, List<Long>> bySource = new EnumMap<>(Decision.Source.class);
    List<Long> all = new ArrayList<>();
    List<Long> waited = new ArrayList<>();
    for (Timed one : timed) {
      all.add(one.nanos());
      bySource.computeIfAbsent(one.source(), source -> new ArrayList<>()).add(one.nanos());
      if (one.source() == Decision.Source.FALLBACK && one.nanos() > 10 * MILLIS) {
        waited.add(one.nanos());
      }
    }
    System.out.println("| decisions | number | p50, ms | p99, ms | longest, ms |");
    System.out.println("|---|---|---|---|---|");
    bySource.keySet().forEach(s -> row(s.toString(), requireNonNull(bySource.get(s))));
    row("all", all);
    row("FALLBACK after the deadline", waited);
  }

  private static void row(String name, List<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    if (sorted.length == 0) {
      System.out.println("| " + name + " | 0 | | | |");
      return;
    }
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %.3f | %.3f | %.3f |%n",
        name,
        sorted.length,
        sorted[sorted.length / 2] / MILLIS,
        sorted[(int) (sorted.length * 0.99)] / MILLIS,
        Arrays.stream(sorted).max().orElse(0) / MILLIS);
  }
}
