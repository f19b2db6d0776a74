// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.state;

/** The source of the decision on a target's state. */
public enum DecisionSource {
  /** None: the target has its initial state. */
  INITIAL,
  /** A probe, or an announcement by the target itself. */
  ACTIVE,
  /** A report of real traffic. */
  PASSIVE,
  /** Outlier detection: a comparison of the real traffic of all targets. */
  OUTLIER,
  /** An operator. */
  ADMIN,
  /** The checker itself. */
  SYSTEM
}
