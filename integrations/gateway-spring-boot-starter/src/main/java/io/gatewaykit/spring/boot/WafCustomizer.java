// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.waf.Waf;

/**
 * Changes the firewall before it is built, for example to add rules. Beans of this type are called
 * in {@code @Order}, after the properties have been applied. A setting that a property has made
 * cannot be made again.
 */
@FunctionalInterface
public interface WafCustomizer {
  /** Changes the firewall. */
  void customize(Waf.Builder waf);
}
