// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.rule;

/** The time at which a rule is evaluated. */
public enum Phase {
  /**
   * Evaluated on each value as soon as it is available: head values with the head, body values with
   * the body.
   */
  EARLIEST,
  /** Evaluated with the head, on head values only. */
  HEAD,
  /**
   * Evaluated with the body, on the values of head and body. Not evaluated if the body is not
   * inspected.
   */
  BODY
}
