// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

/** The check of values that become part of a request's head. */
final class VisibleAscii {
  private VisibleAscii() {}

  /**
   * Requires one or more visible ASCII characters.
   *
   * @throws IllegalArgumentException otherwise
   */
  static String check(String field, String value) {
    if (!value.matches("[\\x21-\\x7e]+")) {
      throw new IllegalArgumentException(field + ": \"" + value + "\" (expected: visible ASCII)");
    }
    return value;
  }
}
