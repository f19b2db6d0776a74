// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import io.gatewaykit.api.tck.ArchitectureRules;
import java.util.Set;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(
        WafReplay.class,
        "io.gatewaykit.waf..",
        "io.gatewaykit.wafrules..",
        "com.fasterxml.jackson..",
        "picocli..");
  }

  @Override
  protected Set<String> exitingClasses() {
    return Set.of(WafReplay.class.getName());
  }
}
