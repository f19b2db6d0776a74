package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A leaky bucket: the limiter of {@code resty.limit.req} and nginx's {@code limit_req}. At whole
 * rates it answers exactly as they do.
 *
 * <p>Thread-safe and lock-free: all of its state is one 64-bit word (see {@link Gcra}). A refusal
 * writes nothing, so refused callers do not slow each other down, and {@link #decide} and {@link
 * #tryAcquire} allocate nothing. {@link #asLimiter()} offers everything else: reservations, waiting
 * and composition.
 */
public final class LeakyBucket {
  private final LeakyBucketCore core;

  private LeakyBucket(LeakyBucketCore core) {
    this.core = core;
  }

  /** Returns a builder; {@link Builder#limit} is required. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes one permit if that needs no delay; otherwise takes nothing. */
  public boolean tryAcquire() {
    return core.take(1, 0, 0, null) == 0;
  }

  /**
   * Asks for permits, without allocating.
   *
   * @param cost how many, at least 1
   * @return 0 or more: admitted, to go on after so many nanoseconds; negative: refused, and the
   *     same request would be admitted after the negated number of nanoseconds; or {@link
   *     RateLimiter#IMPOSSIBLE}
   * @throws IllegalArgumentException if the cost is less than 1
   */
  public long decide(long cost) {
    return core.take(Arguments.cost(cost), 0, Long.MAX_VALUE, null);
  }

  /** Asks for permits, and tells everything about the decision. */
  public Decision check(long cost) {
    return asLimiter().check(this, cost);
  }

  /** Tells what {@link #check} would, and takes nothing. */
  public Decision peek(long cost) {
    return asLimiter().peek(this, cost);
  }

  /** Returns the limit. */
  public Limit limit() {
    return core.limit();
  }

  /**
   * Returns this bucket as a limiter of which all keys share the one bucket: for reservations,
   * waiting, guards and composition.
   */
  public <K> RateLimiter<K> asLimiter() {
    return leaving(0);
  }

  /**
   * Returns a limiter over this same bucket that leaves so many permits of its burst to others: for
   * callers of lower priority, who are refused first.
   *
   * @param spare how many, 0 to the burst
   * @throws IllegalArgumentException if there are not so many
   */
  public <K> RateLimiter<K> leaving(long spare) {
    Arguments.range("spare", spare, 0, limit().burst());
    return new SingleBucketLimiter<>(core, spare);
  }

  /**
   * Changes the limit, in one step for all callers. The backlog stays what it is in requests, as
   * {@code resty.limit.req} has it: at a tenth of the rate it takes ten times as long to drain.
   * Reservations made before give nothing back afterwards.
   *
   * @throws IllegalArgumentException if a full bucket would take too long to drain; the old limit
   *     stays
   */
  public void reconfigure(Limit limit) {
    core.reconfigure(new Gcra(requireNonNull(limit, "limit")));
  }

  /** Returns how long the bucket needs until it is empty; for {@link #restore}. */
  public Duration backlog() {
    return Duration.ofNanos(core.backlog());
  }

  /**
   * Fills the bucket to at least the given backlog, say the one before a restart less the time the
   * restart took; at most to what it holds.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public void restore(Duration backlog) {
    core.restore(Arguments.nanos("backlog", backlog));
  }

  /** Collects the settings of a {@link LeakyBucket}. Not thread-safe. */
  public static final class Builder {
    private @Nullable Limit limit;
    private Ticker ticker = Ticker.system();
    private WarmUp warmUp = WarmUp.NONE;

    private Builder() {}

    /** Sets the limit. Required. */
    public Builder limit(Limit limit) {
      this.limit = requireNonNull(limit, "limit");
      return this;
    }

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /**
     * Sets that the rate rises evenly from {@code 1 / coldFactor} of the limit to all of it: while
     * the bucket is new, and again after it was empty for as long as that takes. Default: no.
     *
     * @param length how long it takes
     * @param coldFactor 2 to 1000
     * @throws IllegalArgumentException if the length is not positive, or the factor out of range
     */
    public Builder warmUp(Duration length, long coldFactor) {
      this.warmUp = WarmUp.of(length, coldFactor);
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
      return new LeakyBucket(new LeakyBucketCore(new Gcra(limit), warmUp, ticker));
    }
  }
}
