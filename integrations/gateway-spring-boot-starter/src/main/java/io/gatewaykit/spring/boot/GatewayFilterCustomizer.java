// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.servlet.GatewayFilter;

/**
 * Changes the filter before it is built. Beans of this type are called in {@code @Order}, after the
 * properties have been applied, once for each filter: the one before Spring Security, and the one
 * after it if a limit requires it. A setting that a property has made cannot be made again.
 */
@FunctionalInterface
public interface GatewayFilterCustomizer {
  /** Changes the filter. */
  void customize(GatewayFilter.Builder filter);
}
