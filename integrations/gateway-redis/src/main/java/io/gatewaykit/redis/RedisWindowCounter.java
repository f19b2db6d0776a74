// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.ratelimit.Balance;
import io.gatewaykit.ratelimit.CompositeLimiter;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Decision.Source;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.LimitResolver;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.Reservation;
import io.gatewaykit.ratelimit.WaitQueue;
import io.gatewaykit.ratelimit.WindowCounter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Counts requests per key in windows of time, across all nodes that use the same Redis: a quota
 * such as 1000 per day. Makes the same decisions as {@link WindowCounter}, on the server's clock.
 * With several windows, a request is counted in all of them or in none.
 *
 * <p>A decision is exact, and takes one script on one key in one round trip. Requests for a key
 * that arrive while a call for it is in flight share the next call, and a rejected key is rejected
 * locally until its retry time has passed. Thread-safe. The asynchronous methods never block a
 * thread; the others wait for Redis, at most until the store's deadline, and must not be called on
 * an event loop.
 *
 * @param <K> the type of the keys: strings, numbers, addresses or UUIDs, or any type with {@link
 *     RedisWindowCounterBuilder#keyText} set
 */
public final class RedisWindowCounter<K> implements RateLimiter<K> {
  private final Function<K, String> names;
  private final WindowLimits<K> limits;
  private final WindowFallback fallback;
  private final boolean hasOneEnd;
  private final RedisStore store;
  private final WindowSender calls;
  private final @Nullable WindowDenyCache denyCache;
  private final WaitQueue<K> waitQueue = WaitQueue.of(WaitQueue.DEFAULT_MAX_WAITERS);
  private final LongAdder remote = new LongAdder();
  private final LongAdder denied = new LongAdder();
  private final LongAdder fallbacks = new LongAdder();
  private final LongAdder lost = new LongAdder();

  RedisWindowCounter(
      WindowSettings settings,
      Function<K, String> names,
      List<@Nullable LimitResolver<? super K>> resolvers) {
    this.names = names;
    store = settings.common().store();
    limits = new WindowLimits<>(settings.limits(), resolvers);
    fallback = new WindowFallback(settings);
    hasOneEnd = settings.shapes().size() == 1 && settings.shapes().get(0).hasOneEnd();
    calls = new WindowSender(settings);
    denyCache = settings.denyCache() ? new WindowDenyCache(settings.ticker()) : null;
  }

  /**
   * Returns a builder; at least one window is required.
   *
   * @param name the name of the counter, in printable ASCII without colons; keys in Redis start
   *     with it and a colon
   */
  public static <K> RedisWindowCounterBuilder<K> builder(RedisStore store, String name) {
    return new RedisWindowCounterBuilder<>(store, name);
  }

  @Override
  public WaitQueue<K> waitQueue() {
    return waitQueue;
  }

  @Override
  public boolean isRemote() {
    return true;
  }

  @Override
  public boolean tryAcquire(K key) {
    return decide(key, 1) == 0;
  }

  @Override
  public long decide(K key, long cost) {
    return check(key, cost).answer();
  }

  @Override
  public Decision check(K key, long cost) {
    return checkAsync(key, cost).join();
  }

  @Override
  public Decision peek(K key, long cost) {
    return peekAsync(key, cost).join();
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    return reserveAsync(key, cost, maxDelay).join();
  }

  @Override
  public CompletableFuture<Decision> checkAsync(K key, long cost) {
    return reserveAsync(key, cost, Duration.ZERO).thenApply(Reservation::decision);
  }

  @Override
  public CompletableFuture<Decision> peekAsync(K key, long cost) {
    String name = names.apply(key);
    Limit[] own = limits.of(key);
    long permits = Math.max(1, Arguments.notNegative("cost", cost));
    return calls
        .run(name, new WindowSender.Request("P", permits, own, null))
        .thenApply(reply -> reply == null ? peekLocally(name, own, permits) : decision(own, reply));
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(K key, long cost, Duration maxDelay) {
    Arguments.nanos("maxDelay", maxDelay); // unused: an admitted request has no delay
    if (Arguments.notNegative("cost", cost) == 0) {
      return peekAsync(key, 0)
          .thenApply(peeked ->
              Reservation.free(
                  peeked,
                  actual -> {
                    var ignored = chargeAsync(key, actual);
                  }));
    }
    String name = names.apply(key);
    Limit[] own = limits.of(key);
    Decision known = denyCache == null ? null : denyCache.find(name, cost, own);
    if (known != null) {
      denied.increment();
      return CompletableFuture.completedFuture(Reservation.rejected(known));
    }
    if (store.executor.rejects(name)) {
      return CompletableFuture.completedFuture(reserveLocally(name, own, cost));
    }
    var request = new WindowSender.Request("T", cost, own, null);
    WindowDenyCache cache = denyCache;
    // Otherwise requests admitted meanwhile could extend the wait of this one.
    if (cache != null && (cost == 1 || hasOneEnd)) {
      request.onRejected(
          reply -> cache.record(name, cost, own, decision(own, reply), reply.sentAt()));
    }
    return calls
        .run(name, request)
        .thenApply(reply ->
            reply == null ? reserveLocally(name, own, cost) : taken(name, cost, own, reply));
  }

  private Reservation taken(String name, long cost, Limit[] own, WindowSender.Reply reply) {
    remote.increment();
    Decision decision = decision(own, reply);
    if (!decision.admitted()) {
      return Reservation.rejected(decision);
    }
    Reservation share = fallback.admitted(name, List.of(own), cost);
    return Reservation.of(
        decision,
        actual -> {
          if (actual != cost) {
            if (share != null) {
              share.settle(actual);
            }
            settle(name, new WindowSender.Request("S", actual - cost, own, reply.mark()));
          }
        });
  }

  private Reservation reserveLocally(String name, Limit[] own, long cost) {
    fallbacks.increment();
    return fallback.reserve(name, List.of(own), cost);
  }

  private Decision peekLocally(String name, Limit[] own, long cost) {
    fallbacks.increment();
    return fallback.peek(name, List.of(own), cost);
  }

  private void settle(String name, WindowSender.Request request) {
    removeDenied(name);
    var ignored =
        calls
            .run(name, request)
            .thenAccept(reply -> {
              countIfLost(reply);
              removeDenied(name); // entries added meanwhile by an earlier call
            });
  }

  private void removeDenied(String name) {
    if (denyCache != null) {
      denyCache.remove(name);
    }
  }

  private void countIfLost(WindowSender.@Nullable Reply reply) {
    if (reply == null) {
      lost.increment();
    }
  }

  @Override
  public Balance charge(K key, long cost) {
    return chargeAsync(key, cost).join();
  }

  @Override
  public CompletableFuture<Balance> chargeAsync(K key, long cost) {
    String name = names.apply(key);
    Limit[] own = limits.of(key);
    return calls
        .run(name, new WindowSender.Request("C", Arguments.notNegative("cost", cost), own, null))
        .thenApply(reply -> {
          countIfLost(reply);
          Balance share = fallback.charge(name, List.of(own), cost);
          if (reply == null) {
            return share;
          }
          Decision left = decision(own, reply);
          long beyond = Math.max(0, cost - WindowSender.RANGE);
          return new Balance(left.remaining(), left.resetAfter(), beyond + reply.unbooked());
        });
  }

  @Override
  public void reset(K key) {
    resetAsync(key).join();
  }

  /** Clears the counts of a key; equivalent to {@link #reset}, without blocking a thread. */
  public CompletableFuture<Void> resetAsync(K key) {
    String name = names.apply(key);
    fallback.reset(name);
    return calls
        .run(name, new WindowSender.Request("Z", 0, limits.of(key), null))
        .thenAccept(reply -> {
          countIfLost(reply);
          removeDenied(name);
        });
  }

  /**
   * Changes the quota of the window of the same length, for keys without their own limit, on this
   * node. Counts are kept.
   *
   * @throws IllegalArgumentException if not exactly one window has that length, or the limit has a
   *     burst or debt, or is unlimited or blocked; the old limit is kept
   */
  public void reconfigure(Limit limit) {
    reconfigure(limits.find(limit), limit);
  }

  /**
   * Changes the quota of one window, for keys without their own limit, on this node. Required if
   * two windows have the same length.
   *
   * @param window the position of the window in the order of the builder's calls, from 0
   * @throws IllegalArgumentException if there is no such window, or the limit has another length,
   *     or a burst or debt, or is unlimited or blocked; the old limit is kept
   */
  public void reconfigure(int window, Limit limit) {
    limits.reconfigure(window, limit);
  }

  private Decision decision(Limit[] own, WindowSender.Reply reply) {
    var parts = new LinkedHashMap<String, Decision>();
    for (int i = 0; i < own.length; i++) {
      long wait = reply.admitted() ? 0 : reply.number(i, 0);
      String label = own[i].permits() + "/" + own[i].per();
      parts.put(
          parts.containsKey(label) ? label + "#" + (i + 1) : label,
          Decision.of(
              wait < 0 ? IMPOSSIBLE : -wait,
              reply.number(i, 2),
              reply.number(i, 1) + reply.position(),
              own[i],
              Source.REMOTE));
    }
    return parts.size() == 1 ? parts.values().iterator().next() : CompositeLimiter.combine(parts);
  }

  /** Returns the counters of this limiter. */
  public RedisLimiterSnapshot snapshot() {
    return new RedisLimiterSnapshot(
        remote.sum(), 0, denied.sum(), fallbacks.sum(), 0, 0, lost.sum());
  }
}
