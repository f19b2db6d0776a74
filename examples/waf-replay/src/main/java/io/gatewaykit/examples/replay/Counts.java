package io.gatewaykit.examples.replay;

/** How many requests there were, and what became of them. */
final class Counts {
  private long requests;
  private long blocked;
  private long detected;

  void add(boolean isBlocked, boolean isDetected) {
    requests++;
    blocked += isBlocked ? 1 : 0;
    detected += isDetected ? 1 : 0;
  }

  long requests() {
    return requests;
  }

  long blocked() {
    return blocked;
  }

  /** Returns how many met at least one rule, whatever its score. */
  long detected() {
    return detected;
  }
}
