// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.math.BigInteger;
import java.time.Duration;

/**
 * The arithmetic of one window of a {@link WindowCounter}, on a range of a key's state. The length
 * is fixed; the quota is passed to each call, so it can differ by key and change at any time, and
 * counts are kept.
 */
abstract class Window {
  private static final long RANGE = 1L << 52;

  /** The number of state values that it needs. */
  final int numbers;

  /** Its length in nanoseconds; approximate for calendar windows. */
  final long per;

  Window(int numbers, Duration per) {
    this.numbers = numbers;
    this.per = per.toNanos();
  }

  /** Advances the state to the given time. Returns whether the clock went back under a count. */
  abstract boolean advance(long[] state, int at, long now);

  /** Returns whether an advanced state is equivalent to that of an unknown key. */
  abstract boolean isIdle(long[] state, int at);

  /** Decides on an advanced state, with the results of {@link RateLimiter#decide}. */
  abstract long decide(Limit limit, long[] state, int at, long now, long cost);

  /** Returns the number that {@link #count} adds to. */
  abstract long counted(long[] state, int at);

  abstract void count(long[] state, int at, long cost);

  /** Counts a cost, beyond the quota if necessary. Returns the part beyond the range. */
  final long charge(Limit limit, long[] state, int at, long cost) {
    long booked = Math.max(0, Math.min(cost, range(limit) - counted(state, at)));
    count(state, at, booked);
    return cost - booked;
  }

  /** Returns a mark of the period in which a request is counted now; for {@link #correct}. */
  long mark(long[] state, int at) {
    return state[at];
  }

  /** Corrects the count in the period of the mark, unless it has expired. */
  abstract void correct(Limit limit, long[] state, int at, long mark, long more);

  abstract long remaining(Limit limit, long[] state, int at, long now);

  /** Returns the time after which all counts have expired. */
  abstract long reset(long[] state, int at, long now);

  /** Returns the largest count: above any quota, and exactly representable as a double. */
  static long range(Limit limit) {
    return Math.max(RANGE, Math.min(limit.permits(), 1L << 60));
  }

  /** Returns a count with more added, or less if negative, between 0 and the range. */
  static long corrected(Limit limit, long count, long more) {
    long most = Math.max(count, range(limit));
    return Math.max(0, count + Math.min(more, most - count));
  }

  /** Returns a x b / divisor, rounded up. */
  static long mulDivUp(long a, long b, long divisor) {
    if (a == 0) {
      return 0;
    }
    if (Math.multiplyHigh(a, b) == 0 && a * b >= 0) {
      return (a * b - 1) / divisor + (b == 0 ? 0 : 1);
    }
    BigInteger[] exact =
        BigInteger.valueOf(a)
            .multiply(BigInteger.valueOf(b))
            .divideAndRemainder(BigInteger.valueOf(divisor));
    return exact[0].longValueExact() + exact[1].signum();
  }
}
