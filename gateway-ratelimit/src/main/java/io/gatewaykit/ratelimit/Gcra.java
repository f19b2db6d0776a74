// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.math.BigInteger;

/**
 * The arithmetic of the leaky bucket, without clock and without state.
 *
 * <p>The generic cell rate algorithm (virtual scheduling [1]) stores one number: the theoretical
 * arrival time (TAT), the time at which the bucket will have drained. A request that arrives {@code
 * x} before it is due at the plain rate has an excess of {@code x / interval} requests, which [2]
 * computes with two numbers.
 *
 * <p>Times are integers in units of 2<sup>-shift</sup> ns. The interval is rounded <em>down</em>,
 * so that n intervals never exceed n requests' exact time: at 7/s seven requests fit one second.
 * The shift is the smallest for which the rate's relative error is at most 10<sup>-6</sup>: 0 up to
 * a million per second, at most 20. All methods use the backlog, TAT minus now, so the origin of
 * times is irrelevant.
 *
 * <p>Immutable. Public for limiters with other stores, so that their decisions are the same.
 *
 * <ol>
 *   <li>ITU-T Recommendation I.371, "Traffic control and congestion control in B-ISDN"
 *   <li>OpenResty, lua-resty-limit-traffic, {@code resty.limit.req}
 * </ol>
 */
public final class Gcra {
  /** Result for a cost above the capacity of the bucket. */
  static final long IMPOSSIBLE = Long.MIN_VALUE;

  static final int MAX_SHIFT = 20;
  private static final long MAX_RANGE = 1L << 52; // exactly representable as a double, as in Redis
  private static final long SECOND = 1_000_000_000;
  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

  final Limit limit;
  final int shift;

  /** The time per permit at the rate; 0 if unlimited. */
  final long interval;

  /** The capacity of the bucket, debt included: the largest backlog that requests can cause. */
  final long maxBacklog;

  /** The largest backlog that {@link RateLimiter#charge} can cause. */
  final long range;

  private final long burstTolerance;
  private final long delayTolerance;
  private final long capacity;
  private final long maxCost;

  /** The largest number of permits that requests can owe, debt included. */
  private final long maxPermits;

  /**
   * Compiles a limit.
   *
   * @throws IllegalArgumentException if a full bucket would take more than 73 years to drain
   */
  public Gcra(Limit limit) {
    this(limit, 1, 1);
  }

  private Gcra(Limit limit, long times, long over) {
    this.limit = limit;
    boolean special = limit.isUnlimited() || limit.isBlocked();
    BigInteger per = special ? BigInteger.ZERO : BigInteger.valueOf(limit.per().toNanos());
    BigInteger permits = special ? BigInteger.ONE : BigInteger.valueOf(limit.permits());
    per = per.multiply(BigInteger.valueOf(times));
    permits = permits.multiply(BigInteger.valueOf(over));
    int bits = 0;
    while (bits < MAX_SHIFT
        && !exactEnough(per.shiftLeft(bits).divideAndRemainder(permits), permits)) {
      bits++;
    }
    BigInteger exact = per.shiftLeft(bits).divide(permits);
    long debt = Math.max(limit.maxDebt(), limit.overdraft());
    if (exact.multiply(BigInteger.valueOf(limit.burst() + debt + 2)).bitLength() > 61) {
      throw new IllegalArgumentException(
          "burst: "
              + limit.burst()
              + " and debt: "
              + debt
              + " at "
              + limit.permits()
              + " per "
              + limit.per()
              + " (expected: a bucket that drains within 73 years)");
    }
    shift = bits;
    interval = exact.longValueExact();
    burstTolerance = limit.burst() * interval;
    delayTolerance = limit.delayAfter() * interval;
    capacity = limit.isUnlimited() ? Long.MAX_VALUE : limit.isBlocked() ? 0 : limit.burst() + 1;
    maxCost = special ? capacity : capacity + limit.maxDebt();
    maxPermits = special ? capacity : capacity + debt;
    maxBacklog = special ? 0 : maxPermits * interval;
    range = special ? 0 : Math.max(maxBacklog, MAX_RANGE - (SECOND << shift) - 1);
  }

  /** Returns the limit. */
  public Limit limit() {
    return limit;
  }

  /** Returns the binary exponent of this limit's unit, 2<sup>-shift</sup> ns: 0 to 20. */
  public int shift() {
    return shift;
  }

  /** Returns the time per permit at the rate, in units; 0 if unlimited or blocked. */
  public long interval() {
    return interval;
  }

  /** Returns the largest backlog that requests can cause, debt included, in units. */
  public long maxBacklog() {
    return maxBacklog;
  }

  /**
   * Returns the largest backlog that {@link #charged} returns, in units: at least {@link
   * #maxBacklog}, and 52 days at rates of up to a million per second.
   */
  public long range() {
    return range;
  }

  /** Returns the same limit at {@code over / times} of its rate. */
  Gcra slowed(long times, long over) {
    return new Gcra(limit, times, over);
  }

  /** Returns whether remainder / exact quotient is at most a millionth. */
  private static boolean exactEnough(BigInteger[] quotientAndRemainder, BigInteger permits) {
    return quotientAndRemainder[1]
            .multiply(MILLION)
            .compareTo(quotientAndRemainder[0].multiply(permits).add(quotientAndRemainder[1]))
        <= 0;
  }

  /** Returns the part of the burst reserved for others: all of a burst smaller than it. */
  private long reservedPermits(long reserved) {
    return reserved == 0 ? 0 : Math.max(0, Math.min(reserved, capacity - 1));
  }

  /**
   * Decides on a request.
   *
   * @param backlog the time by which the TAT is ahead of now, at least 0
   * @param reserved the permits of the burst to reserve for others
   * @return the delay in nanoseconds, or the negated wait until a retry, or IMPOSSIBLE
   */
  public long decide(long backlog, long cost, long reserved) {
    long reservedPermits = reservedPermits(reserved);
    long counted = cost;
    if (cost > capacity - reservedPermits) {
      if (cost > maxCost - reservedPermits) {
        return IMPOSSIBLE;
      }
      counted = capacity - reservedPermits; // an empty bucket admits it, and goes into debt
    }
    long excess = backlog + (counted - 1) * interval;
    long most = burstTolerance - reservedPermits * interval;
    if (excess > most) {
      return -ceilNanos(excess - most);
    }
    return excess <= delayTolerance ? 0 : ceilNanos(excess - delayTolerance);
  }

  /**
   * Returns the result for a caller with a maximum delay. A longer delay, and a wait that would end
   * in one, become the shortest wait that does not.
   *
   * @param answer the result of {@link #decide} for the same backlog
   */
  public long within(long answer, long backlog, long cost, long reserved, long maxDelayNanos) {
    if (answer == IMPOSSIBLE || answer >= 0 && answer <= maxDelayNanos) {
      return answer;
    }
    long most = admitsUpTo(cost, reserved, maxDelayNanos);
    return most < 0 ? IMPOSSIBLE : -ceilNanos(backlog - most);
  }

  /**
   * Returns the largest backlog at which a request is admitted with at most the given delay;
   * negative if it never is.
   *
   * @param reserved the permits of the burst to reserve for others
   */
  public long admitsUpTo(long cost, long reserved, long maxDelayNanos) {
    long reservedPermits = reservedPermits(reserved);
    if (cost > maxCost - reservedPermits) {
      return -1;
    }
    long patience = maxDelayNanos >= ceilNanos(maxBacklog) ? maxBacklog : units(maxDelayNanos);
    long most = Math.min(burstTolerance - reservedPermits * interval, delayTolerance + patience);
    return most - (Math.min(cost, capacity - reservedPermits) - 1) * interval;
  }

  /** Returns the number of permits, at most {@code max}, that are admitted now without delay. */
  long fitting(long backlog, long max, long reserved) {
    if (interval == 0) {
      return Math.min(max, capacity);
    }
    long room = admitsUpTo(1, reserved, 0) - backlog;
    return room < 0 ? 0 : Math.min(max, room / interval + 1);
  }

  /** Returns the backlog after permits were booked, possibly as a debt, at most the range. */
  public long charged(long backlog, long permits) {
    return booked(backlog, permits, range);
  }

  /**
   * Returns the backlog after a cost above its estimate was booked, at most {@link #maxBacklog}.
   */
  public long settled(long backlog, long permits) {
    return booked(backlog, permits, maxBacklog);
  }

  private long booked(long backlog, long permits, long most) {
    long weight = interval == 0 || permits > range / interval ? range : permits * interval;
    return Math.max(backlog, Math.min(backlog + weight, most));
  }

  /** Returns the part of a charge that could not be booked, in permits. */
  public long unbooked(long permits, long weight) {
    return interval == 0 ? 0 : permits - weight / interval;
  }

  /** Returns the number of requests of cost 1 that would be admitted now. */
  public long remaining(long backlog, long reserved) {
    long most = burstTolerance - reservedPermits(reserved) * interval;
    if (interval == 0) {
      return capacity;
    }
    return backlog > most ? 0 : (most - backlog) / interval + 1;
  }

  /** Returns the weight of a number of permits, at most {@link #maxBacklog}. */
  public long weigh(long permits) {
    return permits >= maxPermits ? maxBacklog : permits * interval;
  }

  /** Returns this limit's equivalent of a weight in another limit, rounded up. */
  long translate(long weight, Gcra from) {
    if (from.interval == 0) {
      return 0;
    }
    BigInteger[] exact =
        BigInteger.valueOf(weight)
            .multiply(BigInteger.valueOf(interval))
            .divideAndRemainder(BigInteger.valueOf(from.interval));
    long floor = exact[0].min(BigInteger.ONE.shiftLeft(61)).longValueExact();
    return exact[1].signum() == 0 ? floor : floor + 1;
  }

  /** Returns the number of permits that drain in a time, rounded up; at most a full bucket's. */
  long permits(long nanos) {
    return interval == 0 || nanos <= 0
        ? 0
        : (units(Math.min(nanos, ceilNanos(maxBacklog))) - 1) / interval + 1;
  }

  /** Converts nanoseconds to this limit's units. */
  public long units(long nanos) {
    return nanos << shift;
  }

  /** Converts this limit's units to nanoseconds, rounded up. */
  public long ceilNanos(long units) {
    return (units >> shift) + ((units & (1L << shift) - 1) == 0 ? 0 : 1);
  }
}
