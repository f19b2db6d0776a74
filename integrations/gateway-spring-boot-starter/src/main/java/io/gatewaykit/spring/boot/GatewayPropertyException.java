// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

/** Thrown at the start of the application if a property {@code gatewaykit.*} has a wrong value. */
public final class GatewayPropertyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String property;

  GatewayPropertyException(String property, String reason) {
    super(property + ": " + reason);
    this.property = property;
  }

  GatewayPropertyException(String property, IllegalArgumentException cause) {
    super(property + ": " + cause.getMessage(), cause);
    this.property = property;
  }

  /** Returns the name of the property, or that of a group of properties. */
  public String property() {
    return property;
  }
}
