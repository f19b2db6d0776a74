package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what another limiter decides, tells a listener, and remembers who is refused most.
 * Thread-safe; an admission costs one striped counter more than without, and nothing is allocated.
 * Questions ({@link #peek}) are not counted.
 *
 * @param <K> what tells one caller from another
 */
public final class MonitoredLimiter<K> implements RateLimiter<K> {
  private static final Logger LOG = LoggerFactory.getLogger(MonitoredLimiter.class);

  private final RateLimiter<K> limiter;
  private final RateLimitListener<? super K> listener;
  private final LongAdder allowed = new LongAdder();
  private final LongAdder delayed = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder impossible = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final AtomicBoolean told = new AtomicBoolean();
  private final TopOffenders<K> offenders = new TopOffenders<>();

  private final boolean shadow;

  private MonitoredLimiter(
      RateLimiter<K> limiter, RateLimitListener<? super K> listener, boolean shadow) {
    this.limiter = requireNonNull(limiter, "limiter");
    this.listener = requireNonNull(listener, "listener");
    this.shadow = shadow;
  }

  /** Returns a limiter that counts what the given one decides. */
  public static <K> MonitoredLimiter<K> of(RateLimiter<K> limiter) {
    return of(limiter, new RateLimitListener<K>() {});
  }

  /** Returns a limiter that counts what the given one decides, and tells it to a listener. */
  public static <K> MonitoredLimiter<K> of(
      RateLimiter<K> limiter, RateLimitListener<? super K> listener) {
    return new MonitoredLimiter<>(limiter, listener, false);
  }

  /**
   * Returns a limiter that counts what the given one decides and tells it to a listener, and lets
   * everything pass at once: to see what a limit would do before it does it. A request that would
   * have been refused takes nothing. {@link Decision#remaining} is the given limiter's.
   */
  public static <K> MonitoredLimiter<K> shadow(
      RateLimiter<K> limiter, RateLimitListener<? super K> listener) {
    return new MonitoredLimiter<>(limiter, listener, true);
  }

  @Override
  public boolean tryAcquire(K key) {
    boolean admitted = limiter.tryAcquire(key);
    note(key, 1, admitted ? 0 : -1);
    return admitted || shadow;
  }

  @Override
  public long decide(K key, long cost) {
    long answer = limiter.decide(key, cost);
    note(key, cost, answer);
    return shadow ? 0 : answer;
  }

  @Override
  public Decision check(K key, long cost) {
    return noted(key, cost, limiter.check(key, cost));
  }

  @Override
  public Decision peek(K key, long cost) {
    return shown(limiter.peek(key, cost));
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    return noted(key, cost, limiter.reserve(key, cost, maxDelay));
  }

  @Override
  public boolean isRemote() {
    return limiter.isRemote();
  }

  @Override
  public CompletableFuture<Decision> checkAsync(K key, long cost) {
    return limiter.checkAsync(key, cost).thenApply(decision -> noted(key, cost, decision));
  }

  @Override
  public CompletableFuture<Decision> peekAsync(K key, long cost) {
    return limiter.peekAsync(key, cost).thenApply(this::shown);
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(K key, long cost, Duration maxDelay) {
    return limiter
        .reserveAsync(key, cost, maxDelay)
        .thenApply(reservation -> noted(key, cost, reservation));
  }

  @Override
  public Ticker ticker() {
    return limiter.ticker();
  }

  private Decision noted(K key, long cost, Decision decision) {
    note(key, cost, decision.answer());
    return shown(decision);
  }

  private Reservation noted(K key, long cost, Reservation reservation) {
    Decision shown = noted(key, cost, reservation.decision());
    return shadow
        ? Reservation.of(
            shown,
            actual -> {
              if (reservation.admitted()) {
                reservation.settle(actual);
              }
            })
        : reservation;
  }

  private Decision shown(Decision decision) {
    return shadow
        ? new Decision(
            Decision.Outcome.ALLOWED,
            Duration.ZERO,
            Duration.ZERO,
            decision.resetAfter(),
            decision.remaining(),
            decision.limit(),
            decision.source(),
            decision.parts())
        : decision;
  }

  private void note(K key, long cost, long answer) {
    (answer == 0 ? allowed : answer > 0 ? delayed : answer == IMPOSSIBLE ? impossible : refused)
        .increment();
    if (answer < 0) {
      offenders.refused(key);
    }
    try {
      if (answer >= 0) {
        listener.onAdmitted(key, cost, answer);
      } else {
        listener.onRefused(key, cost, answer == IMPOSSIBLE ? Long.MAX_VALUE : -answer);
      }
    } catch (RuntimeException e) {
      failures.increment();
      if (told.compareAndSet(false, true)) {
        LOG.warn("A rate limit listener failed; further failures are counted only", e);
      }
    }
  }

  /** Returns how many requests passed at once. */
  public long allowed() {
    return allowed.sum();
  }

  /** Returns how many requests passed with a delay. */
  public long delayed() {
    return delayed.sum();
  }

  /** Returns how many requests were refused for a time. */
  public long refused() {
    return refused.sum();
  }

  /** Returns how many requests cost more than the limiter can ever hold. */
  public long impossible() {
    return impossible.sum();
  }

  /** Returns how often the listener failed. */
  public long listenerFailures() {
    return failures.sum();
  }

  /**
   * Returns the keys refused most, most first, with about how often: at most 32 keys. Every eighth
   * refusal or so is looked at, and the counts are scaled up; a key refused often is found however
   * many others there are.
   */
  public Map<K, Long> topOffenders() {
    return offenders.top();
  }
}
