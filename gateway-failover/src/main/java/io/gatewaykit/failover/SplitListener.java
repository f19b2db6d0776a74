package io.gatewaykit.failover;

/**
 * Learns of what a {@link TrafficSplit} does by itself. Called on the caller's thread, so it must
 * be quick; what it throws is caught and logged.
 */
public interface SplitListener {

  /** Called after the guard took the canary's share back. */
  default void onRollback(Rollback rollback) {}

  /**
   * A canary that was found worse than the baseline.
   *
   * @param split the split's name
   * @param share the share it had, 0 to 1
   * @param cause why, for people
   */
  record Rollback(String split, double share, String cause) {}
}
