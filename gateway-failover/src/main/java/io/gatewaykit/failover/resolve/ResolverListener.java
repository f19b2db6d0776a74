// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import io.gatewaykit.api.upstream.Resolution;
import org.jspecify.annotations.Nullable;

/**
 * A listener for the results of a {@link CachingResolver}. Called on the thread that completes the
 * lookup, so it must return quickly. Exceptions are caught and logged.
 */
public interface ResolverListener {

  /**
   * Called after a new result: the first one, one with other addresses, or the first after a
   * failure, even if it equals the last one. A group whose endpoints are these addresses can be
   * updated here; it retains the state of unchanged endpoints.
   *
   * @param before the last result; null if there was none
   */
  default void onResolution(String network, Resolution resolution, @Nullable Resolution before) {}

  /**
   * Called after a failed lookup.
   *
   * @param stillUsed the last result, which remains in use; or null
   */
  default void onFailure(
      String host, String network, Throwable failure, @Nullable Resolution stillUsed) {}
}
