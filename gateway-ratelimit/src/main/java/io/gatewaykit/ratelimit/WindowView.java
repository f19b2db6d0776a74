// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.util.LinkedHashMap;

/** The state of one key at one time, and the limits that apply to it. */
@SuppressWarnings("ArrayRecordComponent") // a view, not a value: it is never compared
record WindowView(WindowSet set, Limit[] limits, long[] state, long now) {
  /** The mark of a request that an unlimited window did not count. */
  private static final long NOT_COUNTED = Long.MIN_VALUE;

  WindowView copy() {
    return new WindowView(set, limits, state.clone(), now);
  }

  private boolean limits(int i) {
    return !limits[i].isUnlimited();
  }

  long decide(long cost) {
    long answer = 0;
    for (int i = 0; i < limits.length; i++) {
      if (limits(i)) {
        answer = Math.min(answer, set.windows[i].decide(limits[i], state, set.at[i], now, cost));
      }
    }
    return answer;
  }

  long take(long cost) {
    long answer = decide(cost);
    for (int i = 0; answer == 0 && i < limits.length; i++) {
      if (limits(i)) {
        set.windows[i].count(state, set.at[i], cost);
      }
    }
    return answer;
  }

  long remaining() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < limits.length; i++) {
      if (limits(i)) {
        least = Math.min(least, set.windows[i].remaining(limits[i], state, set.at[i], now));
      }
    }
    return least;
  }

  long charge(long cost) {
    long unbooked = 0;
    for (int i = 0; i < limits.length; i++) {
      if (limits(i)) {
        unbooked = Math.max(unbooked, set.windows[i].charge(limits[i], state, set.at[i], cost));
      }
    }
    return unbooked;
  }

  /** Returns the generation of the state, and for each window the mark of a request counted now. */
  long[] marks() {
    var marks = new long[limits.length + 1];
    marks[limits.length] = set.generation(state);
    for (int i = 0; i < limits.length; i++) {
      marks[i] = limits(i) ? set.windows[i].mark(state, set.at[i]) : NOT_COUNTED;
    }
    return marks;
  }

  /** Corrects the count of a request, unless the state has since lost it. */
  void correct(long[] marks, long more) {
    if (marks[limits.length] != set.generation(state)) {
      return;
    }
    for (int i = 0; i < limits.length; i++) {
      if (marks[i] != NOT_COUNTED) {
        set.windows[i].correct(limits[i], state, set.at[i], marks[i], more);
      }
    }
  }

  Decision describe(long cost, long answer, Decision.Source source) {
    var parts = new LinkedHashMap<String, Decision>();
    for (int i = 0; i < limits.length; i++) {
      Window window = set.windows[i];
      long own =
          answer == 0 || !limits(i)
              ? 0
              : window.decide(limits[i], state, set.at[i], now, Math.max(1, cost));
      String label = limits[i].permits() + "/" + limits[i].per();
      parts.put(
          parts.containsKey(label) ? label + "#" + (i + 1) : label,
          Decision.of(
              own,
              window.reset(state, set.at[i], now),
              window.remaining(limits[i], state, set.at[i], now),
              limits[i],
              source));
    }
    return parts.size() == 1 ? parts.values().iterator().next() : CompositeLimiter.combine(parts);
  }
}
