package io.gatewaykit.ratelimit;

import java.math.BigInteger;

/**
 * The arithmetic of the leaky bucket, without clock and without state.
 *
 * <p>The generic cell rate algorithm (ITU-T I.371, virtual scheduling) keeps one number: the
 * theoretical arrival time (TAT), the time at which the bucket will have drained. A request that
 * comes {@code x} before the time it would be due at the plain rate has an excess of {@code x /
 * interval} requests, which is what {@code resty.limit.req} computes with two numbers.
 *
 * <p>Times are integers in units of 2<sup>-shift</sup> ns. The interval is rounded <em>down</em>,
 * so that n intervals never exceed n requests' exact time: at 7/s seven requests fit one second.
 * The shift is the smallest for which the rate's relative error is at most 10<sup>-6</sup>: 0 up to
 * a million a second, at most 20. Everything here works on the backlog, TAT less now, so it does
 * not matter where the times start.
 *
 * <p>Immutable. Public for limiters that keep their state elsewhere, and answer as the others do.
 */
public final class Gcra {
  /** Answers a request that costs more than the bucket can ever hold. */
  static final long IMPOSSIBLE = Long.MIN_VALUE;

  static final int MAX_SHIFT = 20;
  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

  final Limit limit;
  final int shift;

  /** How long the rate needs for one permit; 0 if unlimited. */
  final long interval;

  /** What a bucket holds, debt included, and so the furthest a TAT can lie ahead. */
  final long fullest;

  private final long legal;
  private final long free;
  private final long capacity;
  private final long maxCost;

  /**
   * Makes the plan of a limit.
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
    if (exact.multiply(BigInteger.valueOf(limit.burst() + limit.maxDebt() + 2)).bitLength() > 61) {
      throw new IllegalArgumentException(
          "burst: "
              + limit.burst()
              + " and maxDebt: "
              + limit.maxDebt()
              + " at "
              + limit.permits()
              + " per "
              + limit.per()
              + " (expected: a bucket that drains within 73 years)");
    }
    shift = bits;
    interval = exact.longValueExact();
    legal = limit.burst() * interval;
    free = limit.delayAfter() * interval;
    capacity = limit.isUnlimited() ? Long.MAX_VALUE : limit.isBlocked() ? 0 : limit.burst() + 1;
    maxCost = special ? capacity : capacity + limit.maxDebt();
    fullest = special ? 0 : maxCost * interval;
  }

  /** Returns the limit. */
  public Limit limit() {
    return limit;
  }

  /** Returns of how many times a nanosecond is cut in half to be this plan's unit: 0 to 20. */
  public int shift() {
    return shift;
  }

  /** Returns how long the rate needs for one permit, in units; 0 if unlimited or blocked. */
  public long interval() {
    return interval;
  }

  /** Returns the backlog of the fullest bucket, debt included, in units. */
  public long fullest() {
    return fullest;
  }

  /** Returns the plan of the same limit at {@code over / times} of its rate. */
  Gcra slowed(long times, long over) {
    return new Gcra(limit, times, over);
  }

  /** Whether remainder / exact quotient is at most a millionth. */
  private static boolean exactEnough(BigInteger[] quotientAndRemainder, BigInteger permits) {
    return quotientAndRemainder[1]
            .multiply(MILLION)
            .compareTo(quotientAndRemainder[0].multiply(permits).add(quotientAndRemainder[1]))
        <= 0;
  }

  /**
   * Decides on a request.
   *
   * @param backlog by how much the TAT lies ahead of now, at least 0
   * @param spare how many permits of the burst are to be left to others
   * @return the delay in nanoseconds, or minus the wait after which to retry, or IMPOSSIBLE
   */
  public long decide(long backlog, long cost, long spare) {
    long asked = cost;
    if (cost > capacity - spare) {
      if (cost > maxCost - spare) {
        return IMPOSSIBLE;
      }
      asked = capacity - spare; // an empty bucket takes it, and goes into debt
    }
    long excess = backlog + (asked - 1) * interval;
    long most = legal - spare * interval;
    if (excess > most) {
      return -ceilNanos(excess - most);
    }
    return excess <= free ? 0 : ceilNanos(excess - free);
  }

  /**
   * Returns the largest backlog at which a request is admitted with no more than the given delay:
   * negative if there is none.
   *
   * @param spare how many permits of the burst are to be left to others
   */
  public long admitsUpTo(long cost, long spare, long maxDelayNanos) {
    if (cost > maxCost - spare) {
      return -1;
    }
    long patience = maxDelayNanos >= ceilNanos(fullest) ? fullest : units(maxDelayNanos);
    long most = Math.min(legal - spare * interval, free + patience);
    return most - (Math.min(cost, capacity - spare) - 1) * interval;
  }

  /** Returns how many requests of cost 1 would be admitted at once. */
  public long remaining(long backlog, long spare) {
    long most = legal - spare * interval;
    if (interval == 0) {
      return capacity;
    }
    return backlog > most || capacity <= spare ? 0 : (most - backlog) / interval + 1;
  }

  /** Returns what so many permits weigh, at most what the fullest bucket does. */
  public long weigh(long permits) {
    return permits >= maxCost ? fullest : permits * interval;
  }

  /** Returns this plan's weight of what has the given weight in another, rounded up. */
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

  /** Returns how many permits flow in so many nanoseconds, rounded up; at most a full bucket's. */
  long permits(long nanos) {
    return interval == 0 || nanos <= 0
        ? 0
        : (units(Math.min(nanos, ceilNanos(fullest))) - 1) / interval + 1;
  }

  /** Returns a time in this plan's units. */
  public long units(long nanos) {
    return nanos << shift;
  }

  /** Returns a time of this plan's units in nanoseconds, rounded up. */
  public long ceilNanos(long units) {
    return (units >> shift) + ((units & (1L << shift) - 1) == 0 ? 0 : 1);
  }
}
