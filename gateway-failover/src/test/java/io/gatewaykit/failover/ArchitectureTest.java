// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.tck.ArchitectureRules;

/** The rules of gateway-failover, which uses gateway-api, SLF4J and hashes of Guava only. */
class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(FailoverGroup.class, "org.slf4j..", "javax.crypto..");
  }
}
