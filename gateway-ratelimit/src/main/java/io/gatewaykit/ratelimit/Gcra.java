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
 * a million a second, at most 20. Only differences of times are used, so the numbers may wrap
 * around.
 */
final class Gcra {
  /** Answers a request that costs more than the bucket can ever hold. */
  static final long IMPOSSIBLE = Long.MIN_VALUE;

  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);
  private static final int MAX_SHIFT = 20;

  final Limit limit;
  final int shift;
  final long interval;
  private final long legal;
  private final long free;
  private final long fullest;

  Gcra(Limit limit) {
    this.limit = limit;
    BigInteger per = BigInteger.valueOf(limit.per().toNanos());
    BigInteger permits = BigInteger.valueOf(limit.permits());
    int bits = 0;
    while (bits < MAX_SHIFT
        && !exactEnough(per.shiftLeft(bits).divideAndRemainder(permits), permits)) {
      bits++;
    }
    BigInteger exact = per.shiftLeft(bits).divide(permits);
    if (exact.multiply(BigInteger.valueOf(limit.burst() + 2)).bitLength() > 61) {
      throw new IllegalArgumentException(
          "burst: "
              + limit.burst()
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
    fullest = legal + interval;
  }

  /** Whether remainder / exact quotient is at most a millionth. */
  private static boolean exactEnough(BigInteger[] quotientAndRemainder, BigInteger permits) {
    return quotientAndRemainder[1]
            .multiply(MILLION)
            .compareTo(quotientAndRemainder[0].multiply(permits).add(quotientAndRemainder[1]))
        <= 0;
  }

  long units(long nanos) {
    return nanos << shift;
  }

  /** Returns by how much the TAT lies ahead of now. */
  long backlog(long tat, long now) {
    return Math.max(0, Math.min(tat - now, fullest));
  }

  /**
   * Whether the TAT is further ahead than in the fullest bucket, which is impossible unless the
   * clock went back. Such a bucket is to be set to {@link #full}: a step back then neither drains
   * it nor blocks it for longer than a full one.
   */
  boolean isImpossible(long tat, long now) {
    return tat - now > fullest;
  }

  /** Returns the TAT of the fullest bucket. */
  long full(long now) {
    return now + fullest;
  }

  /** Returns the delay in nanoseconds, or minus the wait after which to retry, or IMPOSSIBLE. */
  long decide(long backlog, long cost) {
    if (cost > limit.burst() + 1) {
      return IMPOSSIBLE;
    }
    long excess = backlog + (cost - 1) * interval;
    if (excess > legal) {
      return -ceilNanos(excess - legal);
    }
    return excess <= free ? 0 : ceilNanos(excess - free);
  }

  /** Returns the TAT after a request of this cost was admitted. */
  long advance(long backlog, long now, long cost) {
    return now + backlog + cost * interval;
  }

  /** Returns how many requests of cost 1 would be admitted at once. */
  long remaining(long backlog) {
    return backlog > legal ? 0 : (legal - backlog) / interval + 1;
  }

  long ceilNanos(long units) {
    return (units >> shift) + ((units & (1L << shift) - 1) == 0 ? 0 : 1);
  }
}
