// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api;

import io.gatewaykit.api.tck.ArchitectureRules;

/** The rules of gateway-api, which has no library but SLF4J. */
class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(Ticker.class, "javax.net..", "org.slf4j..");
  }
}
