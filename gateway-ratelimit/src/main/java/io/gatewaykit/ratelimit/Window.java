package io.gatewaykit.ratelimit;

import java.math.BigInteger;

/**
 * The arithmetic of one window of a {@link WindowCounter}, on three numbers of a key's state: when
 * the window began, what was counted in it, and what in the one before (of a fixed window: whether
 * anything ever was, since a window from which all was given back still ends when it ends).
 *
 * <p>A fixed window begins with the first request counted, and ends after exactly its length, the
 * last instant included, as in {@code resty.limit.count}. A sliding one is estimated from two: of
 * the previous window, as much counts as the last {@code per} still overlaps it.
 */
final class Window {
  static final int NUMBERS = 3;

  final Limit limit;
  private final long per;
  private final boolean sliding;

  Window(Limit limit, boolean sliding) {
    if (limit.burst() != 0 || limit.maxDebt() != 0 || limit.isUnlimited() || limit.isBlocked()) {
      throw new IllegalArgumentException(
          "limit: " + limit + " (expected: permits in a time, without burst or debt)");
    }
    this.limit = limit;
    this.per = limit.per().toNanos();
    this.sliding = sliding;
  }

  /** Moves the state to the window of the given time. */
  void turn(long[] state, int at, long now) {
    long elapsed = now - state[at];
    if (elapsed < 0 || isIdle(state, at)) {
      state[at] = now; // if the clock went back: what was counted stays, for one window more
    } else if (!sliding) {
      if (elapsed > per) {
        state[at] = now;
        state[at + 1] = 0;
        state[at + 2] = 0;
      }
    } else if (elapsed >= per) {
      boolean next = elapsed - per < per;
      state[at + 2] = next ? state[at + 1] : 0;
      state[at + 1] = 0;
      state[at] = next ? state[at] + per : now;
    }
  }

  /** Whether a turned state says no more than that of a key never seen. */
  boolean isIdle(long[] state, int at) {
    return state[at + 1] == 0 && state[at + 2] == 0;
  }

  /** Decides on a turned state, as {@link RateLimiter#decide} answers. */
  long decide(long[] state, int at, long now, long cost) {
    if (cost > limit.permits()) {
      return RateLimiter.IMPOSSIBLE;
    }
    long room = limit.permits() - cost - state[at + 1];
    long left = per - (now - state[at]);
    if (!sliding) {
      return room >= 0 ? 0 : -(left + 1);
    }
    if (room >= 0) {
      return mulDivUp(state[at + 2], left, per) <= room
          ? 0
          : -(left - fitting(room, state[at + 2]));
    }
    // In the next window this one is the previous.
    return -(left + per - fitting(limit.permits() - cost, state[at + 1]));
  }

  /** How much of the previous window may overlap if it counted so many and so many are allowed. */
  private long fitting(long allowed, long counted) {
    return BigInteger.valueOf(allowed)
        .multiply(BigInteger.valueOf(per))
        .divide(BigInteger.valueOf(counted))
        .min(BigInteger.valueOf(per))
        .longValueExact();
  }

  void count(long[] state, int at, long cost) {
    state[at + 1] = Math.min(limit.permits(), state[at + 1] + Math.min(cost, limit.permits()));
    if (!sliding) {
      state[at + 2] = 1;
    }
  }

  /** Gives back what was counted in the window that began at the given time, if it still counts. */
  void uncount(long[] state, int at, long began, long cost) {
    if (state[at] == began) {
      state[at + 1] = Math.max(0, state[at + 1] - cost);
    } else if (sliding && state[at] - began == per) {
      state[at + 2] = Math.max(0, state[at + 2] - cost);
    }
  }

  long remaining(long[] state, int at, long now) {
    long left = per - (now - state[at]);
    long before = sliding ? mulDivUp(state[at + 2], Math.max(0, left), per) : 0;
    return Math.max(0, limit.permits() - state[at + 1] - before);
  }

  /** Returns after which time nothing counts any more. */
  long reset(long[] state, int at, long now) {
    if (isIdle(state, at)) {
      return 0;
    }
    long left = per - (now - state[at]);
    return !sliding ? left + 1 : state[at + 1] == 0 ? left : left + per;
  }

  private static long mulDivUp(long a, long b, long divisor) {
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
