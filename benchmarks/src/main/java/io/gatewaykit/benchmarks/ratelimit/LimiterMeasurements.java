// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.ratelimit;

import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.LeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.Reservation;
import io.gatewaykit.ratelimit.WindowCounter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures properties of the limiters other than time per call: the longest pause of a caller while
 * a million keys expire, the limiter calls per waiting caller, and the memory per key. Prints one
 * name and number per line; lower is better. {@code limiter-versions.sh} runs it with the classes
 * of two revisions, so it uses only methods that exist in both.
 */
public final class LimiterMeasurements {
  private static final int KEYS = 1_000_000;
  private static final int NEW_KEYS = 200_000;
  private static final int WAITERS = 2_000;

  private LimiterMeasurements() {}

  /** Runs all measurements. */
  public static void main(String[] args) throws Exception {
    print("window: bytes per key", windowBytes());
    print("bucket: bytes per key", bucketBytes());
    print("window: longest call at a million keys, us of CPU", windowPause());
    print("waiting: queries per waiter, without delay", queriesPerWaiter(WAITERS - 1));
    print("waiting: queries per waiter, delayed", queriesPerWaiter(0));
  }

  private static void print(String name, double value) {
    System.out.printf(Locale.ROOT, "%s %.3f%n", name.replace(' ', '_'), value);
  }

  private static long usedMemory() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private static double windowBytes() {
    long before = usedMemory();
    WindowCounter<Long> counter = filled(new AtomicLong());
    double bytes = (usedMemory() - before) / (double) KEYS;
    if (!counter.tryAcquire(0L)) { // also keeps it reachable
      throw new IllegalStateException("the first key is limited");
    }
    return bytes;
  }

  private static WindowCounter<Long> filled(AtomicLong time) {
    WindowCounter<Long> counter =
        WindowCounter.<Long>builder()
            .fixed(Limit.perSecond(10))
            .maxKeys(KEYS)
            .ticker(time::get)
            .build();
    for (long key = 0; key < KEYS; key++) {
      counter.tryAcquire(key);
    }
    return counter;
  }

  private static double bucketBytes() {
    long before = usedMemory();
    KeyedLeakyBucket<Long> buckets =
        KeyedLeakyBucket.<Long>builder()
            .limit(Limit.of(1, Duration.ofDays(1)).burst(9).nodelay())
            .maxKeys(KEYS)
            .build();
    for (long key = 0; key < KEYS; key++) {
      buckets.tryAcquire(key);
    }
    double bytes = (usedMemory() - before) / (double) KEYS;
    if (!buckets.tryAcquire(0L)) {
      throw new IllegalStateException("the first key is limited");
    }
    return bytes;
  }

  /** Returns the median over several expirations, so that one interruption does not count. */
  private static double windowPause() {
    var time = new AtomicLong();
    WindowCounter<Long> counter = filled(time);
    List<Long> pauses = new ArrayList<>();
    ThreadMXBean cpu = ManagementFactory.getThreadMXBean();
    long key = KEYS;
    for (int round = 0; round < 5; round++) {
      time.addAndGet(Duration.ofSeconds(3).toNanos());
      System.gc();
      long longest = 0;
      for (int i = 0; i < NEW_KEYS; i++) {
        long start = cpu.getCurrentThreadCpuTime(); // excludes the collector and other processes
        counter.tryAcquire(key++);
        longest = Math.max(longest, cpu.getCurrentThreadCpuTime() - start);
      }
      pauses.add(longest);
    }
    pauses.sort(null);
    return pauses.get(pauses.size() / 2) / 1e3;
  }

  private static double queriesPerWaiter(int undelayed) throws Exception {
    var queries = new AtomicLong();
    RateLimiter<String> bucket =
        LeakyBucket.builder()
            .limit(Limit.perSecond(WAITERS).burst(WAITERS - 1).delayAfter(undelayed))
            .build()
            .asLimiter();
    bucket.decide("k", undelayed + 1L);
    RateLimiter<String> counted = counting(bucket, queries);
    ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    try {
      List<CompletableFuture<Reservation>> waiting = new ArrayList<>();
      for (int i = 0; i < WAITERS; i++) {
        waiting.add(counted.acquireAsync("k", 1, Duration.ofSeconds(30), scheduler));
      }
      CompletableFuture.allOf(waiting.toArray(CompletableFuture<?>[]::new)).join();
    } finally {
      scheduler.shutdownNow();
    }
    return queries.get() / (double) WAITERS;
  }

  /** Counts the calls that request permits. Waiting uses the interface's default methods. */
  @SuppressWarnings("unchecked")
  private static RateLimiter<String> counting(RateLimiter<String> limiter, AtomicLong queries) {
    return (RateLimiter<String>)
        Proxy.newProxyInstance(
            RateLimiter.class.getClassLoader(),
            new Class<?>[] {RateLimiter.class},
            (proxy, method, args) -> {
              String name = method.getName();
              if (name.startsWith("acquire")) {
                return InvocationHandler.invokeDefault(proxy, method, args);
              }
              if (!name.equals("waitQueue") && !name.equals("ticker") && !name.equals("isRemote")) {
                queries.incrementAndGet();
              }
              try {
                return method.invoke(limiter, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
