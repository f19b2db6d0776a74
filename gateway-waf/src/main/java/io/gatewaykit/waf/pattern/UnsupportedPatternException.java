// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

/**
 * Thrown for a valid RE2 pattern that this compiler does not support and that re2j runs instead.
 */
final class UnsupportedPatternException extends Exception {
  private static final long serialVersionUID = 1;

  UnsupportedPatternException(String message) {
    super(message);
  }
}
