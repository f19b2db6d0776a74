// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Several limits that apply together: a request passes if all of them admit it, after the longest
 * of their delays, and otherwise counts in none of them. Thread-safe if its parts are.
 *
 * <p>Each part is first evaluated without taking permits, so a rejection takes nothing and names
 * every violated policy. Permits are taken and returned only if another caller takes the last one
 * in between; the return is immediate and therefore exact.
 *
 * @param <K> the type of the keys, from which those of the parts are derived
 */
public final class CompositeLimiter<K> implements RateLimiter<K> {
  private final Map<String, RateLimiter<K>> parts;
  private final WaitQueue<K> waitQueue = WaitQueue.of(WaitQueue.DEFAULT_MAX_WAITERS);

  private CompositeLimiter(Map<String, RateLimiter<K>> parts) {
    this.parts = parts;
  }

  /** Returns a builder; at least one part is required. */
  public static <K> Builder<K> builder() {
    return new Builder<>();
  }

  @Override
  public boolean tryAcquire(K key) {
    return reserve(key, 1, Duration.ZERO).admitted();
  }

  @Override
  public long decide(K key, long cost) {
    return check(key, cost).answer();
  }

  @Override
  public Decision check(K key, long cost) {
    return reserve(key, cost, Duration.ofNanos(Long.MAX_VALUE)).decision();
  }

  @Override
  public Decision peek(K key, long cost) {
    var decisions = new LinkedHashMap<String, Decision>();
    parts.forEach((name, part) -> decisions.put(name, part.peek(key, cost)));
    return combine(decisions);
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    Decision preview = peek(key, cost, maxDelay);
    if (!preview.admitted()) {
      return Reservation.rejected(preview);
    }
    var decisions = new LinkedHashMap<>(preview.parts());
    var taken = new ArrayList<Reservation>(parts.size());
    try {
      for (Map.Entry<String, RateLimiter<K>> part : parts.entrySet()) {
        Reservation reservation = part.getValue().reserve(key, cost, maxDelay);
        decisions.put(part.getKey(), reservation.decision());
        if (!reservation.admitted()) {
          release(taken);
          return Reservation.rejected(combine(decisions));
        }
        taken.add(reservation);
      }
    } catch (RuntimeException e) {
      release(taken);
      throw e;
    }
    return Reservation.of(
        combine(decisions), actual -> taken.forEach(reservation -> reservation.settle(actual)));
  }

  @Override
  public Decision peek(K key, long cost, Duration maxDelay) {
    var decisions = new LinkedHashMap<String, Decision>();
    parts.forEach((name, part) -> decisions.put(name, part.peek(key, cost, maxDelay)));
    return combine(decisions);
  }

  /** Books in every part; the permits of the part that booked the least remain unbooked. */
  @Override
  public Balance charge(K key, long cost) {
    var all = new Balance(Long.MAX_VALUE, Duration.ZERO, 0);
    for (RateLimiter<K> part : parts.values()) {
      all = all.and(part.charge(key, cost));
    }
    return all;
  }

  @Override
  public void reset(K key) {
    parts.values().forEach(part -> part.reset(key));
  }

  @Override
  public boolean isRemote() {
    return parts.values().stream().anyMatch(RateLimiter::isRemote);
  }

  @Override
  public CompletableFuture<Decision> checkAsync(K key, long cost) {
    return reserveAsync(key, cost, Duration.ofNanos(Long.MAX_VALUE))
        .thenApply(Reservation::decision);
  }

  /** Evaluates all parts concurrently. */
  @Override
  public CompletableFuture<Decision> peekAsync(K key, long cost) {
    var pending = new LinkedHashMap<String, CompletableFuture<Decision>>();
    parts.forEach((name, part) -> pending.put(name, part.peekAsync(key, cost)));
    return combined(pending);
  }

  /** Evaluates all parts concurrently. */
  @Override
  public CompletableFuture<Decision> peekAsync(K key, long cost, Duration maxDelay) {
    var pending = new LinkedHashMap<String, CompletableFuture<Decision>>();
    parts.forEach((name, part) -> pending.put(name, part.peekAsync(key, cost, maxDelay)));
    return combined(pending);
  }

  private static CompletableFuture<Decision> combined(
      Map<String, CompletableFuture<Decision>> pending) {
    return CompletableFuture.allOf(pending.values().toArray(CompletableFuture<?>[]::new))
        .thenApply(all -> {
          var decisions = new LinkedHashMap<String, Decision>();
          pending.forEach((name, decision) -> decisions.put(name, decision.join()));
          return combine(decisions);
        });
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(K key, long cost, Duration maxDelay) {
    long maxDelayNanos = Arguments.nanos("maxDelay", maxDelay);
    var taken = new ArrayList<Reservation>(parts.size());
    return peekAsync(key, cost, maxDelay)
        .thenCompose(preview ->
            preview.admitted()
                ? take(
                    parts.entrySet().iterator(), key, cost, maxDelayNanos, preview.parts(), taken)
                : CompletableFuture.completedFuture(Reservation.rejected(preview)))
        .whenComplete((reservation, failure) -> {
          if (failure != null) {
            release(taken);
          }
        });
  }

  /** Takes from the parts sequentially; each step sees the effect of the previous one. */
  private CompletableFuture<Reservation> take(
      Iterator<Map.Entry<String, RateLimiter<K>>> rest,
      K key,
      long cost,
      long maxDelayNanos,
      Map<String, Decision> before,
      List<Reservation> taken) {
    if (!rest.hasNext()) {
      return CompletableFuture.completedFuture(
          Reservation.of(
              combine(before), actual -> taken.forEach(reservation -> reservation.settle(actual))));
    }
    Map.Entry<String, RateLimiter<K>> part = rest.next();
    return part.getValue()
        .reserveAsync(key, cost, Duration.ofNanos(maxDelayNanos))
        .thenCompose(reservation -> {
          var decisions = new LinkedHashMap<>(before);
          decisions.put(part.getKey(), reservation.decision());
          if (!reservation.admitted()) {
            release(taken);
            return CompletableFuture.completedFuture(Reservation.rejected(combine(decisions)));
          }
          taken.add(reservation);
          return take(rest, key, cost, maxDelayNanos, decisions, taken);
        });
  }

  /** In reverse order, so that no caller of the same key has queued behind the remaining ones. */
  private static void release(List<Reservation> taken) {
    for (int i = taken.size() - 1; i >= 0; i--) {
      taken.get(i).cancel();
    }
  }

  @Override
  public WaitQueue<K> waitQueue() {
    return waitQueue;
  }

  @Override
  public Ticker ticker() {
    return parts.values().iterator().next().ticker();
  }

  /**
   * Combines several decisions: the strictest outcome, with the longest of their waits.
   *
   * @param parts the decisions by name, at least one
   */
  public static Decision combine(Map<String, Decision> parts) {
    Decision worst =
        parts.values().stream()
            .max(
                Comparator.comparing(Decision::outcome)
                    .thenComparing(Decision::retryAfter)
                    .thenComparing(Decision::delay)
                    .thenComparing(Decision::remaining, Comparator.reverseOrder()))
            .orElseThrow();
    return new Decision(
        worst.outcome(),
        worst.admitted() ? longest(parts, Decision::delay) : Duration.ZERO,
        worst.outcome() == Decision.Outcome.REJECTED
            ? longest(parts, Decision::retryAfter)
            : Duration.ZERO,
        longest(parts, Decision::resetAfter),
        parts.values().stream().mapToLong(Decision::remaining).min().orElseThrow(),
        worst.limit(),
        worst.source(),
        parts);
  }

  private static Duration longest(
      Map<String, Decision> parts, Function<Decision, Duration> duration) {
    return parts.values().stream().map(duration).max(Comparator.naturalOrder()).orElseThrow();
  }

  /**
   * Collects the parts of a {@link CompositeLimiter}. Not thread-safe.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> {
    private final Map<String, RateLimiter<K>> parts = new LinkedHashMap<>();

    private Builder() {}

    /**
     * Adds a limiter. Add first those that reject most and cost least.
     *
     * @param name the policy's name, in printable ASCII, visible to rejected clients
     * @throws IllegalArgumentException if the name is already used
     */
    public Builder<K> add(String name, RateLimiter<K> limiter) {
      DecisionHeaders.quoted(name);
      if (parts.putIfAbsent(name, requireNonNull(limiter, "limiter")) != null) {
        throw Arguments.outside("name", name, "one not used yet");
      }
      return this;
    }

    /**
     * Adds a limiter with a separate key, such as one for the account and one for the address of a
     * caller.
     *
     * @param name the policy's name, in printable ASCII, visible to rejected clients
     * @param key derives the limiter's key from the composite's
     * @throws IllegalArgumentException if the name is already used
     */
    public <P> Builder<K> add(
        String name, RateLimiter<P> limiter, Function<? super K, ? extends P> key) {
      return add(name, new RekeyedLimiter<>(limiter, key));
    }

    /**
     * Builds the limiter.
     *
     * @throws IllegalArgumentException if it has no part
     */
    public CompositeLimiter<K> build() {
      Arguments.range("parts", parts.size(), 1, 64);
      return new CompositeLimiter<>(new LinkedHashMap<>(parts));
    }
  }
}
