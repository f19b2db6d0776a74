package io.gatewaykit.api.route;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.GatewayRequest;
import org.jspecify.annotations.Nullable;

/**
 * A table that can be replaced while requests are being matched. Thread-safe: each request sees one
 * whole table, the old or the new one.
 *
 * @param <T> what the routes lead to
 */
public final class LiveRoutes<T> {
  private volatile RouteTable<T> table;

  /** Starts with the table. */
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

  /** Returns the route of the current table that applies, or null if none does. */
  public @Nullable Route<T> match(GatewayRequest request) {
    return table.match(request);
  }
}
