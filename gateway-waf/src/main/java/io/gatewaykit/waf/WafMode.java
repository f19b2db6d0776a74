// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

/** The effect of a {@link Waf} on requests. */
public enum WafMode {
  /** Requests are not inspected. */
  OFF,
  /** Requests are inspected and hits are reported, but all requests are admitted. */
  DETECT,
  /** A request whose score reaches the threshold is rejected. */
  BLOCK
}
