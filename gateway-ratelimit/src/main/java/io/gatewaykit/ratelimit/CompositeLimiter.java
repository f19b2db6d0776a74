package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
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
 * Several limits at once: a request passes if all of them admit it, after the longest of their
 * delays, and counts in none of them otherwise. Thread-safe if its parts are.
 *
 * <p>Each part is asked without taking first, so a refusal takes nothing and names every policy
 * that it violates. Only if another caller takes the last permit in between is something taken and
 * given back, at once and so exactly.
 *
 * @param <K> what the parts' keys are made of
 */
public final class CompositeLimiter<K> implements RateLimiter<K> {
  private final Map<String, RateLimiter<K>> parts;

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
    long most = Arguments.nanos("maxDelay", maxDelay);
    Decision asked = peek(key, cost).within(most);
    if (!asked.admitted()) {
      return Reservation.refused(asked);
    }
    var decisions = new LinkedHashMap<>(asked.parts());
    var taken = new ArrayList<Reservation>(parts.size());
    try {
      for (Map.Entry<String, RateLimiter<K>> part : parts.entrySet()) {
        Reservation reservation = part.getValue().reserve(key, cost, maxDelay);
        decisions.put(part.getKey(), reservation.decision());
        if (!reservation.admitted()) {
          giveBack(taken);
          return Reservation.refused(combine(decisions).within(most));
        }
        taken.add(reservation);
      }
    } catch (RuntimeException e) {
      giveBack(taken);
      throw e;
    }
    return Reservation.of(
        combine(decisions), actual -> taken.forEach(reservation -> reservation.settle(actual)));
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

  /** Asks all parts at the same time. */
  @Override
  public CompletableFuture<Decision> peekAsync(K key, long cost) {
    var asked = new LinkedHashMap<String, CompletableFuture<Decision>>();
    parts.forEach((name, part) -> asked.put(name, part.peekAsync(key, cost)));
    return CompletableFuture.allOf(asked.values().toArray(CompletableFuture<?>[]::new))
        .thenApply(all -> {
          var decisions = new LinkedHashMap<String, Decision>();
          asked.forEach((name, decision) -> decisions.put(name, decision.join()));
          return combine(decisions);
        });
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(K key, long cost, Duration maxDelay) {
    long most = Arguments.nanos("maxDelay", maxDelay);
    var taken = new ArrayList<Reservation>(parts.size());
    return peekAsync(key, cost)
        .thenCompose(asked -> {
          Decision decision = asked.within(most);
          return decision.admitted()
              ? take(parts.entrySet().iterator(), key, cost, most, asked.parts(), taken)
              : CompletableFuture.completedFuture(Reservation.refused(decision));
        })
        .whenComplete((reservation, failure) -> {
          if (failure != null) {
            giveBack(taken);
          }
        });
  }

  /** Takes from one part after the other; each step sees what the one before left behind. */
  private CompletableFuture<Reservation> take(
      Iterator<Map.Entry<String, RateLimiter<K>>> rest,
      K key,
      long cost,
      long most,
      Map<String, Decision> before,
      List<Reservation> taken) {
    if (!rest.hasNext()) {
      return CompletableFuture.completedFuture(
          Reservation.of(
              combine(before), actual -> taken.forEach(reservation -> reservation.settle(actual))));
    }
    Map.Entry<String, RateLimiter<K>> part = rest.next();
    return part.getValue()
        .reserveAsync(key, cost, Duration.ofNanos(most))
        .thenCompose(reservation -> {
          var decisions = new LinkedHashMap<>(before);
          decisions.put(part.getKey(), reservation.decision());
          if (!reservation.admitted()) {
            giveBack(taken);
            return CompletableFuture.completedFuture(
                Reservation.refused(combine(decisions).within(most)));
          }
          taken.add(reservation);
          return take(rest, key, cost, most, decisions, taken);
        });
  }

  /** Last taken, first given back: then nobody of the same key has queued behind what is left. */
  private static void giveBack(List<Reservation> taken) {
    for (int i = taken.size() - 1; i >= 0; i--) {
      taken.get(i).cancel();
    }
  }

  @Override
  public Ticker ticker() {
    return parts.values().iterator().next().ticker();
  }

  /**
   * Returns what several decisions come to: the strictest outcome, with the longest of their waits.
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
   * @param <K> what the parts' keys are made of
   */
  public static final class Builder<K> {
    private final Map<String, RateLimiter<K>> parts = new LinkedHashMap<>();

    private Builder() {}

    /**
     * Adds a limiter. Those that refuse most, and cheapest, go first.
     *
     * @param name the policy's name, in printable ASCII, which refused clients see
     * @throws IllegalArgumentException if there is one of this name
     */
    public Builder<K> add(String name, RateLimiter<K> limiter) {
      DecisionHeaders.quoted(name);
      if (parts.putIfAbsent(name, requireNonNull(limiter, "limiter")) != null) {
        throw new IllegalArgumentException("name: " + name + " (expected: one not used yet)");
      }
      return this;
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
