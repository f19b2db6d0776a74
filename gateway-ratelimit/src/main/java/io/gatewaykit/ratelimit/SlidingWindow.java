// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.time.Duration;

/**
 * A sliding window that is counted in parts of equal length. A part counts in full until it lies
 * entirely before the window. The limit is therefore never exceeded in any interval of the window's
 * length; in return, permits become available up to one part late.
 *
 * <p>The problem: counting in windows that start at fixed times admits twice the quota around a
 * boundary, and a log of all requests [1] has no bound on its memory. Dividing the window into
 * parts, as circular buffers of counters do [2], has a bound on both: the memory is one number per
 * part, and a permit returns at most one part late. Counting the oldest part in full prevents the
 * excess of estimates that interpolate it. A decision and an update cost O(1), a reported wait
 * O(parts).
 *
 * <p>State: the number of the current part since the counter's origin, the sum of all parts, and a
 * ring of the current and the previous parts that the window still touches.
 *
 * <ol>
 *   <li>M. Datar, A. Gionis, P. Indyk, R. Motwani, "Maintaining Stream Statistics over Sliding
 *       Windows", SIAM Journal on Computing 31(6), 2002, which proves the bounds of exact and
 *       approximate counts
 *   <li>Alibaba Sentinel, {@code LeapArray}
 * </ol>
 */
final class SlidingWindow extends Window {
  private static final int RING = 2;

  private final int ring;
  private final long part;

  SlidingWindow(Duration per, int parts) {
    super(RING + parts + 1, per);
    this.ring = parts + 1;
    this.part = (this.per - 1) / parts + 1;
  }

  private int slot(int at, long number) {
    return at + RING + (int) Math.floorMod(number, (long) ring);
  }

  @Override
  boolean advance(long[] state, int at, long now) {
    long number = Math.floorDiv(now, part);
    long before = state[at];
    if (number == before) {
      return false;
    }
    if (number < before) {
      rewind(state, at, number);
    } else if (state[at + 1] > 0) {
      for (long next = before + 1; next <= Math.min(number, before + ring); next++) {
        int slot = slot(at, next); // of the oldest part, which has left the window
        state[at + 1] -= state[slot];
        state[slot] = 0;
      }
    }
    state[at] = number;
    return number < before && !isIdle(state, at);
  }

  /** The clock went back: all parts move with it, so that none counts for longer. */
  private void rewind(long[] state, int at, long number) {
    var counts = new long[ring];
    for (int age = 0; age < ring; age++) {
      counts[age] = state[slot(at, state[at] - age)];
    }
    for (int age = 0; age < ring; age++) {
      state[slot(at, number - age)] = counts[age];
    }
  }

  @Override
  boolean isIdle(long[] state, int at) {
    return state[at + 1] == 0;
  }

  @Override
  long decide(Limit limit, long[] state, int at, long now, long cost) {
    if (cost > limit.permits()) {
      return RateLimiter.IMPOSSIBLE;
    }
    long over = state[at + 1] + cost - limit.permits();
    for (int age = ring - 1; over > 0; age--) {
      over -= state[slot(at, state[at] - age)];
      if (over <= 0) {
        return -leaves(state[at] - age, now);
      }
    }
    return 0;
  }

  /** Returns the time until a part has left the window. */
  private long leaves(long number, long now) {
    return (number + ring) * part - now;
  }

  @Override
  long counted(long[] state, int at) {
    return state[at + 1];
  }

  @Override
  void count(long[] state, int at, long cost) {
    add(state, at, state[at], cost);
  }

  private void add(long[] state, int at, long number, long more) {
    state[slot(at, number)] += more;
    state[at + 1] += more;
  }

  @Override
  void correct(Limit limit, long[] state, int at, long mark, long more) {
    long age = state[at] - mark;
    if (age >= 0 && age < ring) {
      long least = -state[slot(at, mark)];
      long most = Math.max(0, range(limit) - state[at + 1]);
      add(state, at, mark, Math.max(least, Math.min(more, most)));
    }
  }

  @Override
  long remaining(Limit limit, long[] state, int at, long now) {
    return Math.max(0, limit.permits() - state[at + 1]);
  }

  @Override
  long reset(long[] state, int at, long now) {
    for (int age = 0; age < ring; age++) {
      if (state[slot(at, state[at] - age)] > 0) {
        return leaves(state[at] - age, now);
      }
    }
    return 0;
  }
}
