package io.gatewaykit.ratelimit;

/**
 * Learns what a {@link MonitoredLimiter} decides. Called on the caller's thread, so it must be
 * quick; what it throws is caught, and logged once.
 *
 * @param <K> what tells one caller from another
 */
public interface RateLimitListener<K> {
  /** Called after permits were taken. */
  default void onAdmitted(K key, long cost, long delayNanos) {}

  /**
   * Called after a refusal.
   *
   * @param retryNanos the least sufficient wait, or {@link Long#MAX_VALUE} if none is
   */
  default void onRefused(K key, long cost, long retryNanos) {}
}
