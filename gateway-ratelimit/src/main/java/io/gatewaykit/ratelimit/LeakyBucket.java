package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A leaky bucket: the limiter of {@code resty.limit.req} and nginx's {@code limit_req}. At whole
 * rates it answers exactly as they do.
 *
 * <p>Thread-safe and lock-free: all of its state is one 64-bit word (see {@link Gcra}). A refusal
 * writes nothing, so refused callers do not slow each other down, and {@link #decide} and {@link
 * #tryAcquire} allocate nothing.
 */
public final class LeakyBucket {
  private static final VarHandle TAT;

  static {
    try {
      TAT = MethodHandles.lookup().findVarHandle(LeakyBucket.class, "tat", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Gcra gcra;
  private final Ticker ticker;
  private final long origin;

  /**
   * Read before the clock is, so that no writer's time is later than the reader's. Guards nothing
   * but itself: compare-and-set is all the ordering it needs.
   */
  private volatile long tat;

  private LeakyBucket(Gcra gcra, Ticker ticker) {
    this.gcra = gcra;
    this.ticker = ticker;
    this.origin = ticker.read();
  }

  /** Returns a builder; {@link Builder#limit} is required. */
  public static Builder builder() {
    return new Builder();
  }

  /** Takes one permit if that needs no delay; otherwise takes nothing. */
  public boolean tryAcquire() {
    return update(1, true) == 0;
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
    return update(checkCost(cost), false);
  }

  /** Asks for permits, and tells everything about the decision. */
  public Decision check(long cost) {
    checkCost(cost);
    while (true) {
      long seen = tat;
      long now = now();
      if (gcra.isImpossible(seen, now)) {
        TAT.compareAndSet(this, seen, gcra.full(now));
        continue;
      }
      long backlog = gcra.backlog(seen, now);
      long answer = gcra.decide(backlog, cost);
      if (answer < 0) {
        return Decision.of(gcra, answer, backlog);
      }
      long next = gcra.advance(backlog, now, cost);
      if (TAT.compareAndSet(this, seen, next)) {
        return Decision.of(gcra, answer, next - now);
      }
    }
  }

  /** Tells what {@link #check} would, and takes nothing. */
  public Decision peek(long cost) {
    checkCost(cost);
    long seen = tat;
    long now = now();
    long backlog = gcra.backlog(seen, now);
    long answer = gcra.decide(backlog, cost);
    return Decision.of(gcra, answer, answer < 0 ? backlog : backlog + cost * gcra.interval);
  }

  /** Returns the limit. */
  public Limit limit() {
    return gcra.limit;
  }

  private long update(long cost, boolean onlyWithoutDelay) {
    while (true) {
      long seen = tat;
      long now = now();
      if (gcra.isImpossible(seen, now)) {
        TAT.compareAndSet(this, seen, gcra.full(now));
        continue;
      }
      long backlog = gcra.backlog(seen, now);
      long answer = gcra.decide(backlog, cost);
      if (answer < 0
          || onlyWithoutDelay && answer > 0
          || TAT.compareAndSet(this, seen, gcra.advance(backlog, now, cost))) {
        return answer;
      }
    }
  }

  private long now() {
    return gcra.units(ticker.read() - origin);
  }

  static long checkCost(long cost) {
    if (cost < 1) {
      throw new IllegalArgumentException("cost: " + cost + " (expected: >= 1)");
    }
    return cost;
  }

  /** Collects the settings of a {@link LeakyBucket}. Not thread-safe. */
  public static final class Builder {
    private @Nullable Limit limit;
    private Ticker ticker = Ticker.system();

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
     * Builds the bucket, empty.
     *
     * @throws IllegalArgumentException if no limit was set, or a full bucket would take too long to
     *     drain
     */
    public LeakyBucket build() {
      if (limit == null) {
        throw new IllegalArgumentException("limit: not set (expected: a limit)");
      }
      return new LeakyBucket(new Gcra(limit), ticker);
    }
  }
}
