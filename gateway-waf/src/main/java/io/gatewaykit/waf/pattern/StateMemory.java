package io.gatewaykit.waf.pattern;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that the states of several automata may take together. Thread-safe.
 *
 * <p>An automaton that took much of it gives it back when there is no more. One that took little
 * starts a new epoch: all drop their states the next time they run, so that texts which made one
 * automaton grow do not slow all others down for good.
 */
final class StateMemory {
  private static final int LARGE_SHARE = 16;

  private final long bytes;
  private final AtomicLong free;
  private volatile int epoch;

  StateMemory(long bytes) {
    this.bytes = bytes;
    free = new AtomicLong(bytes);
  }

  /** Returns the number of the epoch; what was taken in another one is forgotten. */
  int epoch() {
    return epoch;
  }

  /** Takes so many bytes if there are. */
  boolean take(long wanted) {
    if (free.addAndGet(-wanted) >= 0) {
      return true;
    }
    free.addAndGet(wanted);
    return false;
  }

  /** Makes room by giving back what was taken in an epoch, or if that is little by a new epoch. */
  synchronized void makeRoom(long taken, int inEpoch) {
    if (inEpoch != epoch) {
      return; // there is room already
    }
    if (taken * LARGE_SHARE >= bytes) {
      free.addAndGet(taken);
    } else {
      epoch = inEpoch + 1;
      free.set(bytes);
    }
  }
}
