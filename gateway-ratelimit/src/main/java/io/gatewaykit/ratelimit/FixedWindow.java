// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.time.Duration;

/**
 * A window that starts with the first request counted, and ends after exactly its length, the last
 * instant included, as in {@code resty.limit.count}. State: its start, its count, and whether any
 * request was ever counted, since a window whose permits were all returned keeps its end.
 */
final class FixedWindow extends Window {
  FixedWindow(Duration per) {
    super(3, per);
  }

  @Override
  boolean advance(long[] state, int at, long now) {
    long elapsed = now - state[at];
    boolean idle = isIdle(state, at);
    if (elapsed < 0 || idle) {
      state[at] = now; // after a step back the count is retained for one more window
    } else if (elapsed > per) {
      state[at] = now;
      state[at + 1] = 0;
      state[at + 2] = 0;
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
    return limit.permits() - cost - state[at + 1] >= 0 ? 0 : -(per - (now - state[at]) + 1);
  }

  @Override
  long counted(long[] state, int at) {
    return state[at + 1];
  }

  @Override
  void count(long[] state, int at, long cost) {
    state[at + 1] += cost;
    state[at + 2] = 1;
  }

  @Override
  void correct(Limit limit, long[] state, int at, long mark, long more) {
    if (state[at] == mark) {
      state[at + 1] = corrected(limit, state[at + 1], more);
    }
  }

  @Override
  long remaining(Limit limit, long[] state, int at, long now) {
    return Math.max(0, limit.permits() - state[at + 1]);
  }

  @Override
  long reset(long[] state, int at, long now) {
    return isIdle(state, at) ? 0 : per - (now - state[at]) + 1;
  }
}
