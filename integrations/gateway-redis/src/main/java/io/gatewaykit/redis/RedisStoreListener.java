package io.gatewaykit.redis;

/** Learns when Redis stops and begins to serve. Must be quick; what it throws is logged. */
public interface RedisStoreListener {
  /** Called when limits begin to go by their failure policies. */
  default void onUnavailable(RedisOutage outage) {}

  /** Called when Redis decides again. */
  default void onAvailable(RedisOutage outage) {}
}
