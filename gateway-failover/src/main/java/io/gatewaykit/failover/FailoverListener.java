package io.gatewaykit.failover;

/**
 * Learns of what a group decides. Called on the caller's thread, so it must be quick; what it
 * throws is caught and logged.
 */
public interface FailoverListener {

  /**
   * Called after traffic moved to another line.
   *
   * @param from the line used before
   * @param to the line used now
   * @param cause why, for people
   */
  default void onSwitch(String group, String from, String to, String cause) {}

  /** Called after an endpoint was set aside for failures in a row. */
  default void onSetAside(String group, String endpointId) {}

  /**
   * Called when too little became healthy to carry the traffic, so that the group's {@link
   * PanicMode} applies.
   */
  default void onPanic(String group) {}

  /** Called when enough is healthy again after {@link #onPanic}. */
  default void onPanicOver(String group) {}
}
