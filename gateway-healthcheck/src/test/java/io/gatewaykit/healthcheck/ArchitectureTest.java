// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.tck.ArchitectureRules;

/** The rules of gateway-healthcheck, which uses gateway-api and SLF4J only. */
class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(HealthChecker.class, "javax.net..", "org.slf4j..");
  }
}
