package io.gatewaykit.healthcheck;

/**
 * Doubts itself when many targets fail probes at once: more likely this process, its network or its
 * configuration is at fault than all of them. Such verdicts are held back for one more round, then
 * believed. Under the checker's lock.
 */
final class MassFailureGuard {
  private static final int FEWEST = 3;

  private final double share;
  private final long holdNanos;
  private int failing;
  private boolean suspicious;
  private long since;

  MassFailureGuard(double share, long holdNanos) {
    this.share = share;
    this.holdNanos = holdNanos;
  }

  void failing(int change) {
    failing += change;
  }

  /** Tells whether a verdict against a target must wait. */
  boolean holds(int available, long now) {
    boolean mass = share > 0 && failing >= FEWEST && failing >= share * available;
    if (mass && !suspicious) {
      since = now;
    }
    suspicious = mass;
    return mass && now - since < holdNanos;
  }

  boolean isSuspicious() {
    return suspicious;
  }
}
