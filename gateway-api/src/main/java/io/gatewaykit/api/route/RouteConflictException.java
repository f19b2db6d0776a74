// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.route;

import java.util.List;

/** Thrown if routes conflict within a table. */
public final class RouteConflictException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial") // always a JDK list of strings
  private final List<String> errors;

  RouteConflictException(List<String> errors) {
    super(String.join("; ", errors));
    this.errors = List.copyOf(errors);
  }

  /** Returns all errors, one sentence each. */
  public List<String> errors() {
    return errors;
  }
}
