// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import io.gatewaykit.api.tck.ArchitectureRules;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(WafPolicy.class, "io.gatewaykit.waf..", "org.snakeyaml.engine..", "org.slf4j..");
  }
}
