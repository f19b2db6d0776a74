// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The trials of one half-open phase: a fixed number of slots, each free, taken until a deadline, or
 * passed. A trial that is not reported by its deadline can be reassigned, so a lost trial cannot
 * keep a breaker half-open forever. Its late report is recognized by the issue number and ignored.
 * Lock-free: each slot is one word, changed by compare-and-set only.
 */
final class HalfOpenTrials {
  static final int MAX_TRIALS = 100;

  /** No slot was free. */
  static final int NONE = -1;

  private static final int FREE = 0;
  private static final int TAKEN = 1;
  private static final int PASSED = 2;

  // A slot: 2 bits of state, 14 of issue number, 48 of deadline in microseconds since the phase
  // started.
  private static final int DEADLINE_BITS = 48;
  private static final long DEADLINE_MASK = (1L << DEADLINE_BITS) - 1;
  private static final int ISSUE_BITS = 14;
  private static final int ISSUE_MASK = (1 << ISSUE_BITS) - 1;

  private final AtomicLongArray slots;
  private final long limitMicros;
  private final long start;

  HalfOpenTrials(int trials, long limitNanos, long now) {
    slots = new AtomicLongArray(trials);
    limitMicros = Math.max(1, TimeUnit.NANOSECONDS.toMicros(limitNanos));
    start = now;
  }

  /**
   * Takes a free slot, or else the one whose deadline expired first, so that a slow trial is
   * reassigned only if no other slot is available. Returns a small number that identifies the
   * trial, or {@link #NONE}.
   */
  int tryAcquire(long now) {
    long micros = micros(now);
    while (true) {
      int chosen = NONE;
      long word = 0;
      for (int i = 0; i < slots.length() && (chosen == NONE || state(word) != FREE); i++) {
        long slot = slots.get(i);
        if (isOpenTo(slot, micros)
            && (chosen == NONE || state(slot) == FREE || deadline(slot) < deadline(word))) {
          chosen = i;
          word = slot;
        }
      }
      if (chosen == NONE) {
        return NONE;
      }
      int issue = issue(word) + 1 & ISSUE_MASK;
      long taken = word(TAKEN, issue, micros + limitMicros & DEADLINE_MASK);
      if (slots.compareAndSet(chosen, word, taken)) {
        return chosen << ISSUE_BITS | issue;
      }
    }
  }

  boolean hasFree(long now) {
    long micros = micros(now);
    for (int i = 0; i < slots.length(); i++) {
      if (isOpenTo(slots.get(i), micros)) {
        return true;
      }
    }
    return false;
  }

  /** Marks a trial as passed; true if all have passed now. */
  boolean recordSuccess(int trial) {
    return end(trial, PASSED) && passed() == slots.length();
  }

  /** Releases a trial that failed or has no result; false if it had already ended. */
  boolean release(int trial) {
    return end(trial, FREE);
  }

  /** Returns the number of passed trials. */
  int passed() {
    int passed = 0;
    for (int i = 0; i < slots.length(); i++) {
      passed += state(slots.get(i)) == PASSED ? 1 : 0;
    }
    return passed;
  }

  private boolean end(int trial, int state) {
    int index = trial >>> ISSUE_BITS;
    int issue = trial & ISSUE_MASK;
    if (index >= slots.length()) {
      return false;
    }
    long slot = slots.get(index);
    return state(slot) == TAKEN
        && issue(slot) == issue
        && slots.compareAndSet(index, slot, word(state, issue, 0));
  }

  private static boolean isOpenTo(long slot, long micros) {
    int state = state(slot);
    return state == FREE || state == TAKEN && micros >= deadline(slot);
  }

  private long micros(long now) {
    return Math.max(0, TimeUnit.NANOSECONDS.toMicros(now - start));
  }

  private static long word(int state, int issue, long deadline) {
    return (long) state << DEADLINE_BITS + ISSUE_BITS | (long) issue << DEADLINE_BITS | deadline;
  }

  private static int state(long slot) {
    return (int) (slot >>> DEADLINE_BITS + ISSUE_BITS);
  }

  private static long deadline(long slot) {
    return slot & DEADLINE_MASK;
  }

  private static int issue(long slot) {
    return (int) (slot >>> DEADLINE_BITS) & ISSUE_MASK;
  }
}
