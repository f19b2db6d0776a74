// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Waiting callers of every kind of limit are served in order of arrival, at a constant number of
 * limiter calls each.
 */
class FairWaitingTest {
  private static final Duration LONG = Duration.ofDays(3000);

  static Stream<Arguments> limiters() {
    var ticker = new ManualTicker();
    InstantSource clock = () -> Instant.EPOCH.plusNanos(ticker.read());
    Limit nodelay = Limit.perSecond(500).burst(9).nodelay();
    Limit window = Limit.of(25, Duration.ofMillis(50));
    return Stream.of(
            Named.of("single", single(nodelay, ticker)),
            Named.of("delayed", single(Limit.perSecond(500).burst(9), ticker)),
            Named.of("partly delayed", keyed(nodelay.delayAfter(4), ticker).build()),
            Named.of("borrowing", keyed(nodelay.burst(2).borrow(20), ticker).build()),
            Named.of("keyed", keyed(nodelay, ticker).build()),
            Named.of("tier", keyed(nodelay, ticker).limits(key -> nodelay.burst(5)).build()),
            Named.of("exact keys", keyed(nodelay, ticker).exactKeys().build()),
            Named.of("fixed", counter(ticker).fixed(window).build()),
            Named.of("sliding", counter(ticker).sliding(window).build()),
            Named.of("sliding estimate", counter(ticker).slidingEstimate(window).build()),
            Named.of(
                "calendar",
                counter(ticker)
                    .calendar(25, ChronoUnit.HOURS, ZoneOffset.UTC)
                    .clock(clock)
                    .build()),
            Named.of(
                "windows",
                counter(ticker).sliding(window).fixed(Limit.of(60, Duration.ofSeconds(1))).build()),
            Named.of("monitored", MonitoredLimiter.of(keyed(nodelay, ticker).build())),
            Named.of(
                "composite",
                CompositeLimiter.<String>builder()
                    .add("a", keyed(nodelay, ticker).build())
                    .add("b", single(Limit.perSecond(500).burst(9), ticker))
                    .add("c", counter(ticker).sliding(window).build())
                    .build()))
        .map(limiter -> Arguments.of(limiter, ticker));
  }

  private static RateLimiter<String> single(Limit limit, Ticker ticker) {
    return LeakyBucket.builder().limit(limit).ticker(ticker).build().asLimiter();
  }

  private static KeyedLeakyBucket.Builder<String> keyed(Limit limit, Ticker ticker) {
    return KeyedLeakyBucket.<String>builder().limit(limit).ticker(ticker);
  }

  private static WindowCounterBuilder<String> counter(Ticker ticker) {
    return WindowCounter.<String>builder().ticker(ticker);
  }

  @ParameterizedTest
  @MethodSource("limiters")
  void acquireAsync_manyWait_inOrderAndWithFewCalls(
      RateLimiter<String> limiter, ManualTicker ticker) {
    var counted = new CountedLimiter(limiter);
    var scheduler = new VirtualScheduler(ticker);
    int waiters = 200;
    List<Integer> served = new ArrayList<>();
    var all = new ArrayList<CompletableFuture<?>>();
    for (int i = 0; i < waiters; i++) {
      int number = i;
      int cost = i % 7 == 3 ? 3 : 1;
      all.add(
          counted
              .acquireAsync("k", cost, LONG, scheduler)
              .thenAccept(reservation -> {
                assertThat(reservation.admitted()).isTrue();
                served.add(number);
              }));
    }
    CompletableFuture<Void> done =
        CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
    while (!done.isDone()) {
      assertThat(scheduler.runNext()).as("a waiting caller has a task").isTrue();
    }
    done.join();
    assertThat(served).containsExactlyElementsOf(IntStream.range(0, waiters).boxed().toList());
    assertThat(counted.calls()).as("at most two each").isLessThanOrEqualTo(waiters * 2);
    assertThat(counted.waitQueue().waiting()).isZero();
  }

  @ParameterizedTest
  @MethodSource("limiters")
  void acquire_threads_inOrderOfArrival(RateLimiter<String> limiter, ManualTicker ticker)
      throws Exception {
    while (limiter.check("k", 1).admitted()) {} // empty, so that all callers wait
    var counted = new CountedLimiter(limiter);
    List<Thread> threads = new ArrayList<>();
    List<Reservation> granted = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 12; i++) {
      int cost = i == 2 ? 3 : 1;
      var thread =
          new Thread(() -> {
            try {
              granted.add(counted.acquire("k", cost, LONG));
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      threads.add(thread);
      thread.start();
      await()
          .pollInterval(Duration.ofMillis(1))
          .until(() -> thread.getState() == Thread.State.TIMED_WAITING); // only while it is queued
    }
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        ticker.advance(Duration.ofMinutes(30));
        thread.join(5);
      }
    }
    assertThat(granted).hasSize(12).allMatch(Reservation::admitted);
    assertThat(counted.admitted()).containsExactlyElementsOf(threads);
    assertThat(counted.waitQueue().waiting()).isZero();
  }
}
