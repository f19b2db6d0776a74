package io.gatewaykit.waf.pattern;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes that the states of several automata may take together. Thread-safe. */
final class StateMemory {
  private final AtomicLong free;

  StateMemory(long bytes) {
    free = new AtomicLong(bytes);
  }

  /** Takes so many bytes if there are. */
  boolean take(long bytes) {
    if (free.addAndGet(-bytes) >= 0) {
      return true;
    }
    free.addAndGet(bytes);
    return false;
  }

  /** Gives taken bytes back. */
  void giveBack(long bytes) {
    free.addAndGet(bytes);
  }
}
