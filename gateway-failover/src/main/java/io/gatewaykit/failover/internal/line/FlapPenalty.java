// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.line;

/**
 * A penalty for flapping, as in route flap damping [1]: each flap adds one, and the penalty decays
 * exponentially. Above one threshold the line is suppressed, until the penalty has fallen below
 * another. Not thread-safe.
 *
 * <ol>
 *   <li>RFC 2439, "BGP Route Flap Damping"
 * </ol>
 */
public final class FlapPenalty {
  private final double perFlap;
  private final double suppress;
  private final double reuse;
  private final double halfLifeNanos;
  private double penalty;
  private long stamp;
  private boolean suppressed;

  public FlapPenalty(double perFlap, double suppress, double reuse, long halfLifeNanos) {
    this.perFlap = perFlap;
    this.suppress = suppress;
    this.reuse = reuse;
    this.halfLifeNanos = halfLifeNanos;
  }

  public void flap(long now) {
    penalty = value(now) + perFlap;
    stamp = now;
    suppressed |= penalty > suppress;
  }

  public double value(long now) {
    return penalty == 0 ? 0 : penalty * StrictMath.pow(0.5, (now - stamp) / halfLifeNanos);
  }

  public boolean suppressed(long now) {
    suppressed &= value(now) > reuse;
    return suppressed;
  }

  /** Returns the time in nanoseconds until the line can be used again; 0 if it can now. */
  public long reusableInNanos(long now) {
    return suppressed(now)
        ? (long) (halfLifeNanos * Math.log(value(now) / reuse) / Math.log(2)) + 1
        : 0;
  }
}
