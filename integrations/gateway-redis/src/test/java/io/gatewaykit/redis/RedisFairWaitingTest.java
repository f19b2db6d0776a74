// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.CompositeLimiter;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.MonitoredLimiter;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.Reservation;
import io.gatewaykit.ratelimit.WaitQueue;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Waiting callers are served in order of arrival, at a constant number of calls to Redis each. */
class RedisFairWaitingTest {
  private static final int WAITERS = 100;

  private static TestRedis server;
  private static RedisClient client;
  private static RedisStore store;
  private static ScheduledExecutorService scheduler;

  @BeforeAll
  static void start() {
    server = TestRedis.fromMaven();
    client = server.client();
    store = RedisStore.builder(client).deadline(Duration.ofSeconds(10)).build();
    scheduler = Executors.newSingleThreadScheduledExecutor();
  }

  @AfterAll
  static void stop() {
    scheduler.shutdownNow();
    store.close();
    client.shutdown();
    server.close();
  }

  private static RateLimiter<String> limiter(String kind) {
    Limit nodelay = Limit.perSecond(200).burst(9).nodelay();
    return switch (kind) {
      case "bucket", "monitored", "composite" -> bucket(kind, nodelay);
      case "fixed" ->
          RedisWindowCounter.<String>builder(store, kind)
              .fixed(Limit.of(400, Duration.ofSeconds(2)))
              .build();
      default ->
          RedisWindowCounter.<String>builder(store, kind)
              .sliding(Limit.of(400, Duration.ofSeconds(2)))
              .build();
    };
  }

  private static RedisLeakyBucket<String> bucket(String name, Limit limit) {
    return RedisLeakyBucket.<String>builder(store, name).limit(limit).build();
  }

  private static RateLimiter<String> wrapped(String kind, RateLimiter<String> limiter) {
    return switch (kind) {
      case "monitored" -> MonitoredLimiter.of(limiter);
      case "composite" ->
          CompositeLimiter.<String>builder()
              .add("a", limiter)
              .add("b", bucket("composite-b", Limit.perSecond(300)))
              .build();
      default -> limiter;
    };
  }

  private static long remoteCalls(RateLimiter<String> limiter) {
    return limiter instanceof RedisLeakyBucket<String> bucket
        ? bucket.snapshot().remote()
        : ((RedisWindowCounter<String>) limiter).snapshot().remote();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bucket", "fixed", "sliding", "monitored", "composite"})
  void acquireAsync_manyWait_inOrderAndWithFewCalls(String kind) throws Exception {
    RateLimiter<String> remote = limiter(kind);
    RateLimiter<String> limiter = wrapped(kind, remote);
    WaitQueue<String> queue =
        requireNonNull((kind.equals("composite") ? limiter : remote).waitQueue());
    remote.charge("k", 400); // for two seconds
    List<Integer> served = Collections.synchronizedList(new ArrayList<>());
    var all = new ArrayList<CompletableFuture<Void>>();
    acquire(limiter, 0, served, all);
    await().until(() -> queue.waiting() == 1);
    var joined = new CountDownLatch(1);
    scheduler.execute(() -> awaitUninterruptibly(joined)); // serves no caller meanwhile
    long before = remoteCalls(remote);
    for (int i = 1; i < WAITERS; i++) {
      acquire(limiter, i, served, all);
    }
    assertThat(queue.waiting()).isEqualTo(WAITERS);
    assertThat(remoteCalls(remote)).as("none of those that join a queue").isEqualTo(before);
    joined.countDown();
    CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)).join();
    assertThat(served).containsExactlyElementsOf(IntStream.range(0, WAITERS).boxed().toList());
    assertThat(remoteCalls(remote) - before)
        .as("at most two or three each; a composite previews each of them")
        .isLessThanOrEqualTo(WAITERS * (kind.equals("composite") ? 6L : 3L));
  }

  private static void acquire(
      RateLimiter<String> limiter,
      int number,
      List<Integer> served,
      List<CompletableFuture<Void>> all) {
    all.add(
        limiter
            .acquireAsync("k", 1, Duration.ofMinutes(5), scheduler)
            .thenAccept(reservation -> {
              assertThat(reservation.admitted()).isTrue();
              served.add(number);
            }));
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void reserveAsync_delayedBurst_isGrantedInOrderOfArrival() {
    var ticker = new ManualTicker();
    RedisLeakyBucket<String> bucket =
        RedisLeakyBucket.<String>builder(store, "delayed")
            .limit(Limit.perSecond(200).burst(WAITERS))
            .ticker(ticker)
            .scriptClock(ticker)
            .build();
    var all = new ArrayList<CompletableFuture<Reservation>>();
    for (int i = 0; i < WAITERS; i++) {
      all.add(bucket.reserveAsync("k", 1, Duration.ofMinutes(5)));
    }
    for (int i = 0; i < WAITERS; i++) {
      assertThat(all.get(i).join().decision().delay()).isEqualTo(Duration.ofMillis(5L * i));
    }
    assertThat(bucket.snapshot().remote()).isEqualTo(WAITERS);
  }
}
