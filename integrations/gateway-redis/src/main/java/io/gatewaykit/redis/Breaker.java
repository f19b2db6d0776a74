// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A circuit breaker that stops calls to a failing server. It opens after a number of consecutive
 * failures, admits one trial call when the open period has elapsed, and closes if the trial
 * succeeds. Each failed trial doubles the open period. The period is jittered over its upper half
 * so that many nodes do not retry in unison.
 *
 * <p>Lock-free: one immutable state, replaced by CAS.
 */
final class Breaker {
  private static final State CLEAR = new State(0, 0, 0, false);
  private static final State RETIRED = new State(0, -1, 0, false);

  private final String node;
  private final int threshold;
  private final long shortest;
  private final long longest;
  private final Ticker ticker;
  private final Random random;
  private final AtomicReference<State> state = new AtomicReference<>(CLEAR);
  private volatile long openedAt;

  /**
   * The state of the breaker.
   *
   * @param failures the number of consecutive failures
   * @param openings the number of consecutive openings; 0 if closed, -1 if retired
   * @param until the ticker reading at which the next trial is due
   * @param trying whether a trial is in flight
   */
  private record State(int failures, int openings, long until, boolean trying) {}

  /** The transition caused by a report. */
  enum Change {
    NONE,
    OPENED,
    STAYED_OPEN,
    CLOSED
  }

  Breaker(String node, int threshold, long shortest, long longest, Ticker ticker, Random random) {
    this.node = node;
    this.threshold = threshold;
    this.shortest = shortest;
    this.longest = longest;
    this.ticker = ticker;
    this.random = random;
  }

  /** Returns the host and port of the cluster node; empty without a cluster. */
  String node() {
    return node;
  }

  /** Returns the time since the breaker last opened, in nanoseconds. */
  long sinceOpened() {
    return Math.max(0, ticker.read() - openedAt);
  }

  /** Returns whether a call would be rejected now. Does not change the state. */
  boolean rejects() {
    State s = state.get();
    return s.openings > 0 && (s.trying || ticker.read() - s.until < 0);
  }

  boolean isOpen() {
    return state.get().openings > 0;
  }

  /** Returns whether a call is admitted. The caller must then report its outcome. */
  boolean permits() {
    State s = state.get();
    if (s.openings <= 0) {
      return true;
    }
    return !s.trying
        && ticker.read() - s.until >= 0
        && state.compareAndSet(s, new State(s.failures, s.openings, s.until, true));
  }

  Change succeeded() {
    while (true) {
      State s = state.get();
      if (s.openings < 0 || (s.failures == 0 && s.openings == 0)) {
        return Change.NONE; // fast path: no write
      }
      if (state.compareAndSet(s, CLEAR)) {
        return s.openings > 0 ? Change.CLOSED : Change.NONE;
      }
    }
  }

  /** Retires the breaker; later reports have no effect. */
  Change retire() {
    return state.getAndSet(RETIRED).openings > 0 ? Change.CLOSED : Change.NONE;
  }

  Change failed() {
    while (true) {
      State s = state.get();
      if (s.openings < 0 || (s.openings > 0 && !s.trying)) {
        return Change.NONE; // a call admitted before the breaker opened
      }
      State next =
          s.openings > 0 || s.failures + 1 >= threshold
              ? opened(s)
              : new State(s.failures + 1, 0, 0, false);
      if (next.openings == 1) {
        openedAt = ticker.read(); // written before the state, so visible to its closer
      }
      if (state.compareAndSet(s, next)) {
        return next.openings == 0
            ? Change.NONE
            : next.openings == 1 ? Change.OPENED : Change.STAYED_OPEN;
      }
    }
  }

  private State opened(State s) {
    long period = Math.min(longest, shortest << Math.min(s.openings, 20));
    long wait = period / 2 + random.nextLong(period / 2 + 1);
    return new State(s.failures + 1, s.openings + 1, ticker.read() + wait, false);
  }
}
