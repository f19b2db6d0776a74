package io.gatewaykit.failover.resolve;

import org.jspecify.annotations.Nullable;

/**
 * Learns of what a {@link CachingResolver} finds out. Called on the thread that brought the answer,
 * so it must be quick; what it throws is caught and logged.
 */
public interface ResolverListener {

  /**
   * Called after an answer that is new: the first, one with other addresses, or the first after a
   * failure even if it says what the last good one said. A group that is made of addresses is
   * updated here; what it knows of those that stay is kept.
   *
   * @param before the last good answer; null if there was none
   */
  default void onAnswer(String network, Resolution resolution, @Nullable Resolution before) {}

  /**
   * Called after a name could not be resolved.
   *
   * @param stillUsed the last good answer, which stays in use; null if there is none
   */
  default void onFailure(
      String host, String network, Throwable failure, @Nullable Resolution stillUsed) {}
}
