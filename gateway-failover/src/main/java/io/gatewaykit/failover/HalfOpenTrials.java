package io.gatewaykit.failover;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The trials of one half-open phase: a fixed number of places, each free, taken until a deadline,
 * or passed. A trial that is not reported by its deadline may be given to somebody else, so a lost
 * one cannot keep a breaker half-open for ever; its late report is told apart by the number of the
 * issue and changes nothing. Lock-free: each place is one word, changed by compare-and-set only.
 */
final class HalfOpenTrials {
  static final int MAX_TRIALS = 100;

  /** Nothing was free. */
  static final int NONE = -1;

  private static final int FREE = 0;
  private static final int TAKEN = 1;
  private static final int PASSED = 2;

  // A place: 2 bits of state, 14 of issue, 48 of deadline in microseconds since the phase began.
  private static final int DEADLINE_BITS = 48;
  private static final long DEADLINE_MASK = (1L << DEADLINE_BITS) - 1;
  private static final int ISSUE_BITS = 14;
  private static final int ISSUE_MASK = (1 << ISSUE_BITS) - 1;

  private final AtomicLongArray places;
  private final long limitMicros;
  private final long began;

  HalfOpenTrials(int trials, long limitNanos, long now) {
    places = new AtomicLongArray(trials);
    limitMicros = Math.max(1, TimeUnit.NANOSECONDS.toMicros(limitNanos));
    began = now;
  }

  /**
   * Takes a free trial, or else the one that is overdue for longest: no slow trial loses its place
   * while there is another. Returns a small number that names it, or {@link #NONE}.
   */
  int take(long now) {
    long micros = micros(now);
    while (true) {
      int chosen = NONE;
      long word = 0;
      for (int i = 0; i < places.length() && (chosen == NONE || state(word) != FREE); i++) {
        long place = places.get(i);
        if (isOpenTo(place, micros)
            && (chosen == NONE || state(place) == FREE || deadline(place) < deadline(word))) {
          chosen = i;
          word = place;
        }
      }
      if (chosen == NONE) {
        return NONE;
      }
      int issue = issue(word) + 1 & ISSUE_MASK;
      long taken = word(TAKEN, issue, micros + limitMicros & DEADLINE_MASK);
      if (places.compareAndSet(chosen, word, taken)) {
        return chosen << ISSUE_BITS | issue;
      }
    }
  }

  boolean hasFree(long now) {
    long micros = micros(now);
    for (int i = 0; i < places.length(); i++) {
      if (isOpenTo(places.get(i), micros)) {
        return true;
      }
    }
    return false;
  }

  /** Ends a trial well; true if all have passed by now. */
  boolean pass(int trial) {
    return end(trial, PASSED) && passed() == places.length();
  }

  /** Ends a trial without a result, or badly; false if it was over already. */
  boolean release(int trial) {
    return end(trial, FREE);
  }

  /** Returns how many trials have passed. */
  int passed() {
    int passed = 0;
    for (int i = 0; i < places.length(); i++) {
      passed += state(places.get(i)) == PASSED ? 1 : 0;
    }
    return passed;
  }

  private boolean end(int trial, int state) {
    int index = trial >>> ISSUE_BITS;
    int issue = trial & ISSUE_MASK;
    if (index >= places.length()) {
      return false;
    }
    long place = places.get(index);
    return state(place) == TAKEN
        && issue(place) == issue
        && places.compareAndSet(index, place, word(state, issue, 0));
  }

  private static boolean isOpenTo(long place, long micros) {
    int state = state(place);
    return state == FREE || state == TAKEN && micros >= deadline(place);
  }

  private long micros(long now) {
    return Math.max(0, TimeUnit.NANOSECONDS.toMicros(now - began));
  }

  private static long word(int state, int issue, long deadline) {
    return (long) state << DEADLINE_BITS + ISSUE_BITS | (long) issue << DEADLINE_BITS | deadline;
  }

  private static int state(long place) {
    return (int) (place >>> DEADLINE_BITS + ISSUE_BITS);
  }

  private static long deadline(long place) {
    return place & DEADLINE_MASK;
  }

  private static int issue(long place) {
    return (int) (place >>> DEADLINE_BITS) & ISSUE_MASK;
  }
}
