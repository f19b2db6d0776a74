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
 * @param permits how many permits flow in {@code per}, at least 1
 * @param per the time in which they flow, more than zero; the rate is at most one permit a
 *     nanosecond
 * @param burst how many requests may be ahead of the rate, 0 to 1,000,000,000
 * @param delayAfter how many of the burst pass without delay, 0 to {@code burst}
 */
public record Limit(long permits, Duration per, long burst, long delayAfter) {
  private static final long MAX_BURST = 1_000_000_000;
  private static final Duration MAX_PER = Duration.ofDays(3650);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public Limit(long permits, Duration per, long burst, long delayAfter) {
    if (requireNonNull(per, "per").isNegative() || per.isZero() || per.compareTo(MAX_PER) > 0) {
      throw new IllegalArgumentException(
          "per: " + per + " (expected: > 0, at most " + MAX_PER + ")");
    }
    checkRange("permits", permits, 1, per.toNanos());
    checkRange("burst", burst, 0, MAX_BURST);
    checkRange("delayAfter", delayAfter, 0, burst);
    this.permits = permits;
    this.per = per;
    this.burst = burst;
    this.delayAfter = delayAfter;
  }

  /** Returns a limit of so many permits a second, without burst. */
  public static Limit perSecond(long permits) {
    return of(permits, Duration.ofSeconds(1));
  }

  /** Returns a limit of so many permits in a time, evenly spread, without burst. */
  public static Limit of(long permits, Duration per) {
    return new Limit(permits, per, 0, 0);
  }

  /** Returns this limit with another burst, all of it delayed. */
  public Limit burst(long burst) {
    return new Limit(permits, per, burst, 0);
  }

  /** Returns this limit, with so many of its burst passing without delay. */
  public Limit delayAfter(long delayAfter) {
    return new Limit(permits, per, burst, delayAfter);
  }

  /** Returns this limit, with all of its burst passing without delay. */
  public Limit nodelay() {
    return delayAfter(burst);
  }

  /** Returns the rate in permits a second. */
  public double rate() {
    return permits * 1e9 / per.toNanos();
  }

  private static void checkRange(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + min + ".." + max + ")");
    }
  }
}
