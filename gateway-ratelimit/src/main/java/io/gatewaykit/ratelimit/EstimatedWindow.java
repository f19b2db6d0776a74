// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.math.BigInteger;
import java.time.Duration;

/**
 * A sliding window estimated from two fixed ones: the count of the previous window is weighted by
 * the fraction of it that the sliding window overlaps. State: the start of the current window, its
 * count, and the previous count.
 *
 * <p>The problem: an exact sliding window [1] needs many numbers per key. Two suffice if the
 * requests of the previous window are assumed to have been evenly spread [2]. The estimate is exact
 * for such traffic. Requests late in one window and early in the next but one are underestimated,
 * so that nearly twice the quota is admitted in one length. {@link SlidingWindow} has no such
 * excess. All operations cost O(1).
 *
 * <ol>
 *   <li>M. Datar, A. Gionis, P. Indyk, R. Motwani, "Maintaining Stream Statistics over Sliding
 *       Windows", SIAM Journal on Computing 31(6), 2002
 *   <li>J. Desgats, "How we built rate limiting capable of scaling to millions of domains",
 *       Cloudflare 2017
 * </ol>
 */
final class EstimatedWindow extends Window {
  EstimatedWindow(Duration per) {
    super(3, per);
  }

  @Override
  boolean advance(long[] state, int at, long now) {
    long elapsed = now - state[at];
    boolean idle = isIdle(state, at);
    if (elapsed < 0 || idle) {
      state[at] = now; // after a step back the count is retained for one more window
    } else if (elapsed >= per) {
      boolean next = elapsed - per < per;
      state[at + 2] = next ? state[at + 1] : 0;
      state[at + 1] = 0;
      state[at] = next ? state[at] + per : now;
    }
    return elapsed < 0 && !idle;
  }

  @Override
  boolean isIdle(long[] state, int at) {
    return state[at + 1] == 0 && state[at + 2] == 0;
  }

  @Override
  long decide(Limit limit, long[] state, int at, long now, long cost) {
    if (cost > limit.permits()) {
      return RateLimiter.IMPOSSIBLE;
    }
    long room = limit.permits() - cost - state[at + 1];
    long left = per - (now - state[at]);
    if (room >= 0) {
      return mulDivUp(state[at + 2], left, per) <= room
          ? 0
          : -(left - fitting(room, state[at + 2]));
    }
    // In the next window this one is the previous.
    return -(left + per - fitting(limit.permits() - cost, state[at + 1]));
  }

  /** Returns the largest overlap with a previous window of that count within the allowed amount. */
  private long fitting(long allowed, long counted) {
    return BigInteger.valueOf(allowed)
        .multiply(BigInteger.valueOf(per))
        .divide(BigInteger.valueOf(counted))
        .min(BigInteger.valueOf(per))
        .longValueExact();
  }

  @Override
  long counted(long[] state, int at) {
    return state[at + 1];
  }

  @Override
  void count(long[] state, int at, long cost) {
    state[at + 1] += cost;
  }

  @Override
  void correct(Limit limit, long[] state, int at, long mark, long more) {
    if (state[at] == mark) {
      state[at + 1] = corrected(limit, state[at + 1], more);
    } else if (state[at] - mark == per) {
      state[at + 2] = corrected(limit, state[at + 2], more);
    }
  }

  @Override
  long remaining(Limit limit, long[] state, int at, long now) {
    long left = per - (now - state[at]);
    long before = mulDivUp(state[at + 2], Math.max(0, left), per);
    return Math.max(0, limit.permits() - state[at + 1] - before);
  }

  @Override
  long reset(long[] state, int at, long now) {
    if (isIdle(state, at)) {
      return 0;
    }
    long left = per - (now - state[at]);
    return state[at + 1] == 0 ? left : left + per;
  }
}
