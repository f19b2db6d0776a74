package io.gatewaykit.failover;

/**
 * A penalty for flapping: one for each flap, halving with time; above one threshold the line is
 * suppressed until it has fallen below another. The rule of BGP route flap damping (RFC 2439). Not
 * thread-safe.
 */
final class FlapPenalty {
  private final double perFlap;
  private final double suppress;
  private final double reuse;
  private final double halfLifeNanos;
  private double penalty;
  private long stamp;
  private boolean suppressed;

  FlapPenalty(double perFlap, double suppress, double reuse, long halfLifeNanos) {
    this.perFlap = perFlap;
    this.suppress = suppress;
    this.reuse = reuse;
    this.halfLifeNanos = halfLifeNanos;
  }

  void flap(long now) {
    penalty = value(now) + perFlap;
    stamp = now;
    suppressed |= penalty > suppress;
  }

  double value(long now) {
    return penalty == 0 ? 0 : penalty * StrictMath.pow(0.5, (now - stamp) / halfLifeNanos);
  }

  boolean suppressed(long now) {
    suppressed &= value(now) > reuse;
    return suppressed;
  }

  /** Returns how long until the line may be used again; 0: it may be. */
  long reusableInNanos(long now) {
    return suppressed(now)
        ? (long) (halfLifeNanos * Math.log(value(now) / reuse) / Math.log(2)) + 1
        : 0;
  }
}
