// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import io.gatewaykit.api.tck.ArchitectureRules;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(RateLimitMetrics.class, "io.gatewaykit..", "io.micrometer.core.instrument..");
  }
}
