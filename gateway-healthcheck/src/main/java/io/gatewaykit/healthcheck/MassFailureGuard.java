package io.gatewaykit.healthcheck;

/**
 * Doubts itself when many targets fail probes at once: more likely this process, its network or its
 * configuration is at fault than all of them. Such verdicts are held back for one more round, then
 * believed. Under the checker's lock.
 */
final class MassFailureGuard {
  private static final int FEWEST = 3;

  /** What has changed. */
  enum Doubt {
    NONE,
    BEGINS,
    ENDS
  }

  private final double share;
  private final long holdNanos;
  private int failing;
  private boolean suspicious;
  private long since;

  MassFailureGuard(double share, long holdNanos) {
    this.share = share;
    this.holdNanos = holdNanos;
  }

  /** Takes note of how many more targets fail their probes. */
  Doubt failing(int change, int targets, long now) {
    failing += change;
    boolean mass = share > 0 && failing >= FEWEST && failing >= share * targets;
    if (mass == suspicious) {
      return Doubt.NONE;
    }
    suspicious = mass;
    since = now;
    return mass ? Doubt.BEGINS : Doubt.ENDS;
  }

  /** Tells whether a verdict against a target must wait. */
  boolean holds(long now) {
    return suspicious && now - since < holdNanos;
  }
}
