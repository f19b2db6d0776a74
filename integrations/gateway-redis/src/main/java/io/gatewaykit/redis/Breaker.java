package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Stops asking a server that does not answer. Opens after so many failures in a row; lets one call
 * through when its time is over, and closes if that succeeds. The time doubles with each failed
 * trial, and is spread evenly over its upper half so that many nodes do not return as one.
 *
 * <p>Lock-free: one immutable state, swapped by CAS.
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
   * What is known.
   *
   * @param failures in a row
   * @param openings how often in a row it opened; 0 if closed, -1 if retired
   * @param until the reading at which the next trial is due
   * @param trying whether the trial is under way
   */
  private record State(int failures, int openings, long until, boolean trying) {}

  /** What a report changed. */
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

  /** Returns which node of a cluster it is about, as host and port; empty if of no cluster. */
  String node() {
    return node;
  }

  /** Returns how long ago it opened last, in nanoseconds. */
  long sinceOpened() {
    return Math.max(0, ticker.read() - openedAt);
  }

  /** Whether a call would be refused now. Changes nothing. */
  boolean refuses() {
    State s = state.get();
    return s.openings > 0 && (s.trying || ticker.read() - s.until < 0);
  }

  boolean isOpen() {
    return state.get().openings > 0;
  }

  /** Whether a call may be made; its end must be reported. */
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
        return Change.NONE; // the usual case writes nothing
      }
      if (state.compareAndSet(s, CLEAR)) {
        return s.openings > 0 ? Change.CLOSED : Change.NONE;
      }
    }
  }

  /** Ends it: what is reported from now on changes nothing. */
  Change retire() {
    return state.getAndSet(RETIRED).openings > 0 ? Change.CLOSED : Change.NONE;
  }

  Change failed() {
    while (true) {
      State s = state.get();
      if (s.openings < 0 || (s.openings > 0 && !s.trying)) {
        return Change.NONE; // a call from before it opened
      }
      State next =
          s.openings > 0 || s.failures + 1 >= threshold
              ? opened(s)
              : new State(s.failures + 1, 0, 0, false);
      if (next.openings == 1) {
        openedAt = ticker.read(); // before its state, so whoever closes it sees this
      }
      if (state.compareAndSet(s, next)) {
        return next.openings == 0
            ? Change.NONE
            : next.openings == 1 ? Change.OPENED : Change.STAYED_OPEN;
      }
    }
  }

  private State opened(State s) {
    long whole = Math.min(longest, shortest << Math.min(s.openings, 20));
    long wait = whole / 2 + random.nextLong(whole / 2 + 1);
    return new State(s.failures + 1, s.openings + 1, ticker.read() + wait, false);
  }
}
