// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A rate, and the amount by which a caller may be ahead of it. Immutable.
 *
 * <p>{@code burst} counts the requests beyond the one being served, as in {@code resty.limit.req}
 * and nginx: with a burst of 5, an idle bucket admits 6 simultaneous requests. Those beyond {@link
 * #delayAfter} are delayed until the rate catches up; with {@link #nodelay()} all of them pass
 * immediately.
 *
 * @param permits the number of permits per {@code per}, at least 1, and at most one per nanosecond;
 *     0 only in {@link #blocked()}, {@link Long#MAX_VALUE} only in {@link #unlimited()}
 * @param per the period of the rate, more than zero, at most ten years
 * @param burst the number of requests that may be ahead of the rate, 0 to 10<sup>12</sup>
 * @param delayAfter the number of requests of the burst that pass without delay, 0 to
 *     10<sup>12</sup>, or {@link #ALL}; the entire burst if it is larger
 * @param maxDebt the amount by which a single cost may exceed the capacity of the bucket, 0 to
 *     10<sup>12</sup>; see {@link #borrow}
 * @param overdraft the number of permits that {@link Reservation#settle} may book beyond the
 *     bucket's capacity, 0 to 10<sup>12</sup>; see {@link #overdraft(long)}
 */
public record Limit(
    long permits, Duration per, long burst, long delayAfter, long maxDebt, long overdraft) {
  /** Value of {@code delayAfter}: the entire burst passes without delay; see {@link #nodelay()}. */
  public static final long ALL = Long.MAX_VALUE;

  private static final long TRILLION = 1_000_000_000_000L;
  private static final Duration MAX_PER = Duration.ofDays(3650);
  private static final Limit UNLIMITED =
      new Limit(Long.MAX_VALUE, Duration.ofSeconds(1), 0, 0, 0, 0);
  private static final Limit BLOCKED = new Limit(0, Duration.ofSeconds(1), 0, 0, 0, 0);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public Limit(
      long permits, Duration per, long burst, long delayAfter, long maxDebt, long overdraft) {
    Arguments.positive("per", per, MAX_PER);
    if (permits != 0 && permits != Long.MAX_VALUE) {
      Arguments.range("permits", permits, 1, per.toNanos());
    }
    Arguments.range("burst", burst, 0, TRILLION);
    if (delayAfter != ALL) {
      Arguments.range("delayAfter", delayAfter, 0, TRILLION);
    }
    Arguments.range("maxDebt", maxDebt, 0, TRILLION);
    Arguments.range("overdraft", overdraft, 0, TRILLION);
    this.permits = permits;
    this.per = per;
    this.burst = burst;
    this.delayAfter = delayAfter;
    this.maxDebt = maxDebt;
    this.overdraft = overdraft;
  }

  /** Returns a limit in permits per second, without burst. */
  public static Limit perSecond(long permits) {
    return of(permits, Duration.ofSeconds(1));
  }

  /**
   * Returns a limit in permits per period, evenly spread, without burst. A rate of 0.3 per second
   * is {@code of(3, Duration.ofSeconds(10))}, and exact.
   */
  public static Limit of(long permits, Duration per) {
    if (permits == 0 || permits == Long.MAX_VALUE) {
      throw Arguments.outside(
          "permits", permits, "1.. one a nanosecond, or unlimited() or blocked()");
    }
    return new Limit(permits, per, 0, 0, 0, 0);
  }

  /**
   * Parses a limit of a configuration file: {@code PERMITS/PERIOD} and options. A period is a unit
   * ({@code ms}, {@code s}, {@code m}, {@code h}, {@code d}), or a number and a unit. The options
   * are {@code burst N}, {@code delay N} for {@link #delayAfter(long)}, {@code nodelay}, {@code
   * borrow N} and {@code overdraft N}, in any order, each at most once; {@code burst=N} is
   * equivalent. Other texts are {@code unlimited} and {@code blocked}. Case is ignored.
   *
   * <p>Examples: {@code 10/s}, {@code 10/s burst 20}, {@code 3/10s}, {@code 100/15m burst=50
   * nodelay}.
   *
   * @throws IllegalArgumentException if the text has another form, or a value is out of range
   */
  public static Limit parse(String text) {
    return new LimitParser(Objects.requireNonNull(text, "text")).parse();
  }

  /** Returns a limit that admits all requests and stores no state. */
  public static Limit unlimited() {
    return UNLIMITED;
  }

  /** Returns a limit that rejects all requests. */
  public static Limit blocked() {
    return BLOCKED;
  }

  /**
   * Returns this limit with another burst. The part that passes without delay is kept: none, the
   * number of {@link #delayAfter(long)}, or all after {@link #nodelay()}.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public Limit burst(long burst) {
    return new Limit(permits, per, burst, delayAfter, maxDebt, overdraft);
  }

  /** Returns the number of requests of the burst that pass without delay, 0 to the burst. */
  @Override
  public long delayAfter() {
    return Math.min(delayAfter, burst);
  }

  /**
   * Returns this limit with the given part of its burst passing without delay, also of one set
   * later.
   *
   * @param delayAfter 0 to 10<sup>12</sup>; the entire burst if it is larger than the burst
   * @throws IllegalArgumentException if it is out of range
   */
  public Limit delayAfter(long delayAfter) {
    return new Limit(permits, per, burst, delayAfter, maxDebt, overdraft);
  }

  /** Returns this limit with its entire burst passing without delay, also one set later. */
  public Limit nodelay() {
    return delayAfter(ALL);
  }

  /**
   * Returns this limit with a debt for costs above {@code burst + 1}: an empty bucket admits them,
   * and later requests wait until the debt is repaid. Without it, or beyond it, such a cost is
   * {@link Decision.Outcome#IMPOSSIBLE}.
   */
  public Limit borrow(long maxDebt) {
    return new Limit(permits, per, burst, delayAfter, maxDebt, overdraft);
  }

  /**
   * Returns this limit with a debt for costs above their estimate: {@link Reservation#settle} may
   * book that many permits beyond the bucket's capacity, and later requests wait until the rate has
   * repaid them. No request is admitted because of it. Without it, or beyond it, the excess is
   * lost. {@link RateLimiter#charge} does not depend on it and always books.
   */
  public Limit overdraft(long overdraft) {
    return new Limit(permits, per, burst, delayAfter, maxDebt, overdraft);
  }

  /** Returns the rate in permits per second; infinite if unlimited. */
  public double rate() {
    return isUnlimited() ? Double.POSITIVE_INFINITY : permits * 1e9 / per.toNanos();
  }

  /** Returns whether this limit admits all requests. */
  public boolean isUnlimited() {
    return permits == Long.MAX_VALUE;
  }

  /** Returns whether this limit rejects all requests. */
  public boolean isBlocked() {
    return permits == 0;
  }

  /** Returns whether the other limit makes the same decisions. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Limit limit
        && permits == limit.permits
        && per.equals(limit.per)
        && burst == limit.burst
        && delayAfter() == limit.delayAfter()
        && maxDebt == limit.maxDebt
        && overdraft == limit.overdraft;
  }

  @Override
  public int hashCode() {
    return Objects.hash(permits, per, burst, delayAfter(), maxDebt, overdraft);
  }

  @Override
  public String toString() {
    return "Limit[permits="
        + permits
        + ", per="
        + per
        + ", burst="
        + burst
        + ", delayAfter="
        + delayAfter()
        + ", maxDebt="
        + maxDebt
        + ", overdraft="
        + overdraft
        + "]";
  }
}
