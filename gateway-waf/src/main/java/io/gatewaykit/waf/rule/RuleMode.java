// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.rule;

/** The effect of a rule in one firewall. */
public enum RuleMode {
  /** The rule does not apply. */
  OFF,
  /** Hits are reported and counted but never contribute to blocking. */
  COUNT,
  /** Hits add to the score or block the request, as the rule specifies. */
  ENFORCE
}
