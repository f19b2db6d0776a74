// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.route;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.GatewayRequest;
import org.jspecify.annotations.Nullable;

/**
 * A route table that can be replaced while requests are being matched. Thread-safe: a request uses
 * either the old or the new table, never a mixture.
 *
 * @param <T> the type of the routes' targets
 */
public final class LiveRoutes<T> {
  private volatile RouteTable<T> table;

  /** Creates an instance with an initial table. */
  public LiveRoutes(RouteTable<T> table) {
    this.table = requireNonNull(table, "table");
  }

  /** Replaces the table, for all requests matched from now on. */
  public void replace(RouteTable<T> table) {
    this.table = requireNonNull(table, "table");
  }

  /** Returns the current table. */
  public RouteTable<T> table() {
    return table;
  }

  /**
   * Returns the route of the request in the current table, or null if none matches.
   *
   * @throws io.gatewaykit.api.request.AmbiguousTargetException as in {@link RouteTable#match}
   */
  public @Nullable Route<T> match(GatewayRequest request) {
    return table.match(request);
  }
}
