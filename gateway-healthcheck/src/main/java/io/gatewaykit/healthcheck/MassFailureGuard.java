// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

/**
 * Detects that many targets fail their probes at the same time. The likely cause is then this
 * process, its network or its configuration, not the targets. Such verdicts are held back for one
 * more round and then applied. Guarded by the checker's lock.
 */
final class MassFailureGuard {
  private static final int MIN_TARGETS = 3;

  /** A change of the guard's state. */
  enum Change {
    NONE,
    STARTED,
    ENDED
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

  /** Adds to the number of targets whose last probe failed. */
  Change addFailing(int change, int targets, long now) {
    failing += change;
    boolean mass = share > 0 && failing >= MIN_TARGETS && failing >= share * targets;
    if (mass == suspicious) {
      return Change.NONE;
    }
    suspicious = mass;
    since = now;
    return mass ? Change.STARTED : Change.ENDED;
  }

  /** Returns whether a verdict against a target must be held back. */
  boolean shouldHold(long now) {
    return suspicious && now - since < holdNanos;
  }
}
