// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * A leaky bucket: the limiter of {@code resty.limit.req} and nginx's {@code limit_req}. At rates in
 * whole requests per second it returns exactly the same decisions.
 *
 * <p>Thread-safe and lock-free: its entire state is one 64-bit word (see {@link Gcra}). A rejection
 * writes nothing, so rejected callers do not contend, and {@link #decide} and {@link #tryAcquire}
 * do not allocate. {@link #asLimiter()} provides everything else: reservations, waiting and
 * composition.
 */
public final class LeakyBucket {
  private final LeakyBucketCore core;
  private final WaitQueue<Object> waitQueue;

  private LeakyBucket(Settings settings) {
    core = new LeakyBucketCore(new Gcra(settings.limit), settings.warmUp, settings.ticker);
    waitQueue = WaitQueue.ofOneBucket(settings.maxWaiters);
  }

  private record Settings(Limit limit, WarmUp warmUp, int maxWaiters, Ticker ticker) {}

  /** Returns a builder; {@link Builder#limit} is required. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes one permit if it is available without delay; otherwise takes nothing. */
  public boolean tryAcquire() {
    return core.take(1, 0, 0, null) == 0;
  }

  /**
   * Requests permits. Does not allocate.
   *
   * @param cost the number of permits; 0 decides as for a cost of 1, and takes nothing
   * @return 0 or more: admitted, to proceed after this many nanoseconds; negative: rejected, and
   *     the same request would be admitted after the negated number of nanoseconds; or {@link
   *     RateLimiter#IMPOSSIBLE}
   * @throws IllegalArgumentException if the cost is negative
   */
  public long decide(long cost) {
    return Arguments.notNegative("cost", cost) == 0
        ? core.take(1, 0, LeakyBucketCore.NOTHING, null)
        : core.take(cost, 0, Long.MAX_VALUE, null);
  }

  /** Requests permits and returns the complete decision. */
  public Decision check(long cost) {
    return asLimiter().check(this, cost);
  }

  /** Returns the decision that {@link #check} would return, without taking permits. */
  public Decision peek(long cost) {
    return asLimiter().peek(this, cost);
  }

  /** Takes the permits available without delay, at most {@code max}. Returns the number taken. */
  public long tryAcquireUpTo(long max) {
    return core.takeUpTo(Arguments.notNegative("cost", max), 0);
  }

  /** Requests permits that can be returned later; see {@link RateLimiter#reserve}. */
  public Reservation reserve(long cost, Duration maxDelay) {
    return asLimiter().reserve(this, cost, maxDelay);
  }

  /** Waits for permits in order of arrival; see {@link RateLimiter#acquire}. */
  public Reservation acquire(long cost, Duration timeout) throws InterruptedException {
    return asLimiter().acquire(this, cost, timeout);
  }

  /** Waits for permits without blocking a thread; see {@link RateLimiter#acquireAsync}. */
  public CompletableFuture<Reservation> acquireAsync(
      long cost, Duration timeout, ScheduledExecutorService scheduler) {
    return asLimiter().acquireAsync(this, cost, timeout, scheduler);
  }

  /** Waits for permits and then calls the action; see {@link RateLimiter#execute}. */
  public <T extends @Nullable Object> T execute(long cost, Duration timeout, Callable<T> action)
      throws Exception {
    return asLimiter().execute(this, cost, timeout, action);
  }

  /** Records permits that have already been used; see {@link RateLimiter#charge}. */
  public Balance charge(long cost) {
    return asLimiter().charge(this, cost);
  }

  /** Empties the bucket. */
  public void reset() {
    core.reset();
  }

  /** Returns the limit. */
  public Limit limit() {
    return core.limit();
  }

  /**
   * Returns this bucket as a limiter whose keys all share it: for reservations, waiting, guards and
   * composition.
   */
  public <K> RateLimiter<K> asLimiter() {
    return withReserved(0);
  }

  /**
   * Returns a limiter on this bucket that reserves part of the burst for others: for callers of
   * lower priority, which are rejected first.
   *
   * @param reserved the number of permits to reserve, 0 to the burst
   * @throws IllegalArgumentException if it is out of range
   */
  public <K> RateLimiter<K> withReserved(long reserved) {
    Arguments.range("reserved", reserved, 0, limit().burst());
    return new SingleBucketLimiter<>(core, queue(), reserved);
  }

  @SuppressWarnings("unchecked") // the queue for a single bucket does not read keys
  private <K> WaitQueue<K> queue() {
    return (WaitQueue<K>) waitQueue;
  }

  /**
   * Changes the limit, atomically for all callers. The backlog is unchanged in requests, as in
   * {@code resty.limit.req}: at a tenth of the rate it takes ten times as long to drain. Earlier
   * reservations can no longer be refunded.
   *
   * @throws IllegalArgumentException if a full bucket would take too long to drain; the old limit
   *     is kept
   */
  public void reconfigure(Limit limit) {
    core.reconfigure(new Gcra(requireNonNull(limit, "limit")));
  }

  /** Returns the time until the bucket is empty; for {@link #restore}. */
  public Duration backlog() {
    return Duration.ofNanos(core.backlog());
  }

  /**
   * Fills the bucket to at least the given backlog, such as the one before a restart less the
   * downtime; at most to its capacity.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public void restore(Duration backlog) {
    core.restore(Arguments.nanos("backlog", backlog));
  }

  /**
   * Collects the settings of a {@link LeakyBucket}. Not thread-safe. A setting that is set twice is
   * an {@link IllegalStateException}.
   */
  public static final class Builder {
    private @Nullable Limit limit;
    private @Nullable Ticker ticker;
    private @Nullable WarmUp warmUp;
    private @Nullable Integer maxWaiters;

    private Builder() {}

    /** Sets the limit. Required. */
    public Builder limit(Limit limit) {
      this.limit = Arguments.once("limit", this.limit, limit);
      return this;
    }

    /** Sets the time source. Default: {@link Ticker#system()}. */
    public Builder ticker(Ticker ticker) {
      this.ticker = Arguments.once("ticker", this.ticker, ticker);
      return this;
    }

    /**
     * Enables a warm-up: the rate rises evenly from {@code 1 / coldFactor} of the limit to all of
     * it, after creation and whenever the bucket has been empty for {@code length}. Default:
     * disabled.
     *
     * @param length the duration of the warm-up
     * @param coldFactor 2 to 1000
     * @throws IllegalArgumentException if the length is not positive, or the factor out of range
     */
    public Builder warmUp(Duration length, long coldFactor) {
      this.warmUp = Arguments.once("warmUp", warmUp, WarmUp.of(length, coldFactor));
      return this;
    }

    /** Sets the maximum number of waiters in {@code acquire}, 0 to 1,000,000. Default: 10,000. */
    public Builder maxWaiters(int maxWaiters) {
      WaitQueue.checkMaxWaiters(maxWaiters);
      this.maxWaiters = Arguments.once("maxWaiters", this.maxWaiters, maxWaiters);
      return this;
    }

    /**
     * Builds the bucket, empty.
     *
     * @throws IllegalArgumentException if no limit was set, or a full bucket would take too long to
     *     drain
     */
    public LeakyBucket build() {
      if (limit == null) {
        throw new IllegalArgumentException("limit: not set (expected: a limit)");
      }
      return new LeakyBucket(
          new Settings(
              limit,
              warmUp == null ? WarmUp.NONE : warmUp,
              maxWaiters == null ? WaitQueue.DEFAULT_MAX_WAITERS : maxWaiters,
              ticker == null ? Ticker.system() : ticker));
    }
  }
}
