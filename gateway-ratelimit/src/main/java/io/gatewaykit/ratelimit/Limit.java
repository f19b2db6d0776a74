package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How often something may happen: a rate, and by how much a caller may be ahead of it. Immutable.
 *
 * <p>{@code burst} counts the requests beyond the one being served, as {@code resty.limit.req} and
 * nginx do: with a burst of 5, an idle bucket takes 6 requests at once. Of those, the ones beyond
 * {@link #delayAfter} are told to wait until the rate catches up with them; {@link #nodelay()} lets
 * all of them pass at once.
 *
 * @param permits how many permits flow in {@code per}, at least 1, and at most one a nanosecond; 0
 *     only in {@link #blocked()}, {@link Long#MAX_VALUE} only in {@link #unlimited()}
 * @param per the time in which they flow, more than zero, at most ten years
 * @param burst how many requests may be ahead of the rate, 0 to 1,000,000,000
 * @param delayAfter how many of the burst pass without delay, 0 to {@code burst}
 * @param maxDebt by how much a single cost may exceed what the bucket holds, 0 to 1,000,000,000;
 *     see {@link #borrow}
 */
public record Limit(long permits, Duration per, long burst, long delayAfter, long maxDebt) {
  private static final long BILLION = 1_000_000_000;
  private static final Duration MAX_PER = Duration.ofDays(3650);
  private static final Limit UNLIMITED = new Limit(Long.MAX_VALUE, Duration.ofSeconds(1), 0, 0, 0);
  private static final Limit BLOCKED = new Limit(0, Duration.ofSeconds(1), 0, 0, 0);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public Limit(long permits, Duration per, long burst, long delayAfter, long maxDebt) {
    if (requireNonNull(per, "per").isNegative() || per.isZero() || per.compareTo(MAX_PER) > 0) {
      throw new IllegalArgumentException(
          "per: " + per + " (expected: > 0, at most " + MAX_PER + ")");
    }
    if (permits != 0 && permits != Long.MAX_VALUE) {
      Arguments.range("permits", permits, 1, per.toNanos());
    }
    Arguments.range("burst", burst, 0, BILLION);
    Arguments.range("delayAfter", delayAfter, 0, burst);
    Arguments.range("maxDebt", maxDebt, 0, BILLION);
    this.permits = permits;
    this.per = per;
    this.burst = burst;
    this.delayAfter = delayAfter;
    this.maxDebt = maxDebt;
  }

  /** Returns a limit of so many permits a second, without burst. */
  public static Limit perSecond(long permits) {
    return of(permits, Duration.ofSeconds(1));
  }

  /**
   * Returns a limit of so many permits in a time, evenly spread, without burst. A rate of 0.3 a
   * second is {@code of(3, Duration.ofSeconds(10))}, and exact.
   */
  public static Limit of(long permits, Duration per) {
    if (permits == 0 || permits == Long.MAX_VALUE) {
      throw new IllegalArgumentException(
          "permits: " + permits + " (expected: 1.. one a nanosecond, or unlimited() or blocked())");
    }
    return new Limit(permits, per, 0, 0, 0);
  }

  /** Returns the limit that admits everything, and remembers nothing. */
  public static Limit unlimited() {
    return UNLIMITED;
  }

  /** Returns the limit that admits nothing, ever. */
  public static Limit blocked() {
    return BLOCKED;
  }

  /** Returns this limit with another burst, all of it delayed. */
  public Limit burst(long burst) {
    return new Limit(permits, per, burst, 0, maxDebt);
  }

  /** Returns this limit, with so many of its burst passing without delay. */
  public Limit delayAfter(long delayAfter) {
    return new Limit(permits, per, burst, delayAfter, maxDebt);
  }

  /** Returns this limit, with all of its burst passing without delay. */
  public Limit nodelay() {
    return delayAfter(burst);
  }

  /**
   * Returns this limit, with a way for costs that exceed {@code burst + 1}: an empty bucket takes
   * them, and those that come later wait until the debt is paid. Without this, or beyond it, such a
   * cost is {@link Decision.Outcome#IMPOSSIBLE}.
   */
  public Limit borrow(long maxDebt) {
    return new Limit(permits, per, burst, delayAfter, maxDebt);
  }

  /** Returns the rate in permits a second; infinite if unlimited. */
  public double rate() {
    return isUnlimited() ? Double.POSITIVE_INFINITY : permits * 1e9 / per.toNanos();
  }

  /** Tells whether this is the limit that admits everything. */
  public boolean isUnlimited() {
    return permits == Long.MAX_VALUE;
  }

  /** Tells whether this is the limit that admits nothing. */
  public boolean isBlocked() {
    return permits == 0;
  }
}
