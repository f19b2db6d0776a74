package io.gatewaykit.ratelimit;

/** What a thread does when another changed the word it meant to change. */
final class BackOff {
  /** Some 2 to 6 microseconds: longer is fairer to the winner only, and no faster. */
  private static final int SPINS = 128;

  private BackOff() {}

  /**
   * Waits a moment, without giving up the processor. To try again at once would take the word's
   * cache line away from a thread that is about to use it again: two threads that leave it to each
   * other for a few dozen calls at a time decide on more than twice as many requests. Parking would
   * do as well, but an event loop must not sleep.
   */
  static void afterLoss() {
    for (int i = 0; i < SPINS; i++) {
      Thread.onSpinWait();
    }
  }
}
