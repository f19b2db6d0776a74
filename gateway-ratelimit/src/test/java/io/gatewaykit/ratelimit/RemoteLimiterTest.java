// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.RequestHead;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;

/** Wrappers of an asynchronous limiter never block the calling thread. */
class RemoteLimiterTest {
  /** Completes its results manually; fails synchronous calls. */
  private static class Remote<K> implements RateLimiter<K> {
    private final LeakyBucket bucket;
    private final Ticker ticker;
    private final Deque<Runnable> unanswered = new ArrayDeque<>();

    Remote(Limit limit, Ticker ticker) {
      this.ticker = ticker;
      bucket = LeakyBucket.builder().limit(limit).ticker(ticker).build();
    }

    void answerAll() {
      while (!unanswered.isEmpty()) {
        unanswered.poll().run();
      }
    }

    @Override
    public Balance charge(K key, long cost) {
      throw new AssertionError();
    }

    @Override
    public void reset(K key) {
      throw new AssertionError();
    }

    @Override
    public boolean isRemote() {
      return true;
    }

    @Override
    public CompletableFuture<Decision> checkAsync(K key, long cost) {
      var answer = new CompletableFuture<Decision>();
      unanswered.add(() -> answer.complete(bucket.check(cost)));
      return answer;
    }

    @Override
    public CompletableFuture<Decision> peekAsync(K key, long cost) {
      var answer = new CompletableFuture<Decision>();
      unanswered.add(() -> answer.complete(bucket.peek(cost)));
      return answer;
    }

    @Override
    public CompletableFuture<Reservation> reserveAsync(K key, long cost, Duration maxDelay) {
      var answer = new CompletableFuture<Reservation>();
      RateLimiter<K> limiter = bucket.asLimiter();
      unanswered.add(() -> answer.complete(limiter.reserve(key, cost, maxDelay)));
      return answer;
    }

    @Override
    public Ticker ticker() {
      return ticker;
    }

    @Override
    public long decide(K key, long cost) {
      throw new AssertionError("a caller would have waited");
    }

    @Override
    public Decision check(K key, long cost) {
      throw new AssertionError("a caller would have waited");
    }

    @Override
    public Decision peek(K key, long cost) {
      throw new AssertionError("a caller would have waited");
    }

    @Override
    public boolean tryAcquire(K key) {
      throw new AssertionError("a caller would have waited");
    }

    @Override
    public Reservation reserve(K key, long cost, Duration maxDelay) {
      throw new AssertionError("a caller would have waited");
    }
  }

  private static final Limit TWO = Limit.perSecond(1).burst(1).nodelay();
  private final ManualTicker ticker = new ManualTicker();
  private final Remote<Object> remote = new Remote<>(TWO, ticker);

  @Test
  void guard_withoutReply_isPending() throws Exception {
    var guard = RateLimitGuard.builder("api", MonitoredLimiter.of(remote)).build();
    var request = RequestHead.builder("GET", "/").build();
    var first = (Verdict.Pending) guard.onHead(request);
    var second = (Verdict.Pending) guard.onHead(request);
    var third = (Verdict.Pending) guard.onHead(request);
    assertThat(first.verdict().toCompletableFuture()).isNotDone();
    remote.answerAll();
    assertThat(first.verdict().toCompletableFuture().get()).isSameAs(Verdict.allow());
    assertThat(second.verdict().toCompletableFuture().get()).isSameAs(Verdict.allow());
    assertThat(third.verdict().toCompletableFuture().get()).isInstanceOf(Verdict.Reject.class);
    assertThat(guard.allowed()).isEqualTo(2);
    assertThat(guard.rejected()).isEqualTo(1);
  }

  @Test
  void composite_takesFromAllOrNone() {
    LeakyBucket local = LeakyBucket.builder().limit(TWO.burst(9)).ticker(ticker).build();
    CompositeLimiter<Object> both =
        CompositeLimiter.builder().add("local", local.asLimiter()).add("remote", remote).build();
    assertThat(both.isRemote()).isTrue();
    CompletableFuture<Decision> first = both.checkAsync("k", 2);
    remote.answerAll();
    assertThat(first.join().admitted()).isTrue();
    CompletableFuture<Reservation> second = both.reserveAsync("k", 1, Duration.ofDays(1));
    remote.answerAll();
    assertThat(second.join().decision().violated("x")).containsExactly("remote");
    assertThat(local.backlog()).as("of the first request only").isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void composite_failingPart_refunds() {
    LeakyBucket local = LeakyBucket.builder().limit(TWO).ticker(ticker).build();
    CompositeLimiter<Object> both =
        CompositeLimiter.builder()
            .add("local", local.asLimiter())
            .add("remote", new FailingToTake(remote))
            .build();
    CompletableFuture<Reservation> asked = both.reserveAsync("k", 1, Duration.ZERO);
    remote.answerAll();
    assertThat(asked).isCompletedExceptionally();
    assertThat(local.backlog()).isZero();
  }

  /** Succeeds on checks and fails on acquisition. */
  private record FailingToTake(Remote<Object> remote) implements RateLimiter<Object> {
    @Override
    public boolean isRemote() {
      return true;
    }

    @Override
    public Balance charge(Object key, long cost) {
      throw new AssertionError();
    }

    @Override
    public void reset(Object key) {
      throw new AssertionError();
    }

    @Override
    public CompletableFuture<Decision> peekAsync(Object key, long cost) {
      return remote.peekAsync(key, cost);
    }

    @Override
    public CompletableFuture<Reservation> reserveAsync(Object key, long cost, Duration maxDelay) {
      return CompletableFuture.failedFuture(new CompletionException(new AssertionError("lost")));
    }

    @Override
    public long decide(Object key, long cost) {
      throw new AssertionError();
    }

    @Override
    public Decision check(Object key, long cost) {
      throw new AssertionError();
    }

    @Override
    public Decision peek(Object key, long cost) {
      throw new AssertionError();
    }

    @Override
    public boolean tryAcquire(Object key) {
      throw new AssertionError();
    }

    @Override
    public Reservation reserve(Object key, long cost, Duration maxDelay) {
      throw new AssertionError();
    }
  }

  @Test
  void acquireAsync_cancelledBeforeTheReply_refunds() throws Exception {
    var scheduler = Executors.newSingleThreadScheduledExecutor();
    try {
      CompletableFuture<Reservation> asked =
          remote.acquireAsync(InetAddress.getLoopbackAddress(), 2, Duration.ZERO, scheduler);
      asked.cancel(false);
      remote.answerAll();
      scheduler.submit(() -> {}).get(); // after delivery of the result
      assertThat(remote.bucket.backlog()).isZero();
    } finally {
      scheduler.shutdownNow();
    }
  }

  @Test
  void acquireAsync_rejectedAfterOthersJoined_isServedInOrderOfArrival() {
    var scheduler = new VirtualScheduler(ticker);
    var queue = WaitQueue.<Object>of(100);
    RateLimiter<Object> limiter =
        new Remote<>(Limit.perSecond(1), ticker) {
          @Override
          public WaitQueue<Object> waitQueue() {
            return queue;
          }
        };
    var pending = ((Remote<Object>) limiter).unanswered;
    var unused = limiter.checkAsync("k", 1);
    pending.remove().run();
    List<Integer> served = new ArrayList<>();
    for (int i = 0; i < 4; i++) { // their calls are in flight concurrently
      acquire(limiter, i, scheduler, served);
    }
    pending.remove().run(); // rejects the first one
    assertThat(scheduler.runNext()).isTrue();
    for (int i = 4; i < 8; i++) {
      acquire(limiter, i, scheduler, served);
    }
    assertThat(pending).as("those that join behind it make no call").hasSize(3);
    while (served.size() < 8) {
      while (!pending.isEmpty()) {
        pending.remove().run();
      }
      assertThat(scheduler.runNext()).isTrue();
    }
    assertThat(served).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    assertThat(queue.waiting()).isZero();
  }

  private static void acquire(
      RateLimiter<Object> limiter,
      int number,
      ScheduledExecutorService scheduler,
      List<Integer> served) {
    var unused =
        limiter
            .acquireAsync("k", 1, Duration.ofDays(1), scheduler)
            .thenAccept(reservation -> served.add(number));
  }
}
