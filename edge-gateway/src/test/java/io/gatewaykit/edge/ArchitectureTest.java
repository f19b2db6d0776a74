// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import io.gatewaykit.api.tck.ArchitectureRules;
import java.util.Set;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(
        EdgeGateway.class,
        "io.gatewaykit..",
        "io.netty..",
        "io.lettuce..",
        "org.slf4j..",
        "org.snakeyaml.engine.v2..",
        "com.sun.net.httpserver..",
        "com.sun.management..");
  }

  /** The time of day on the status page. */
  @Override
  protected Set<String> clockReaders() {
    return Set.of(EdgeGateway.class.getName());
  }
}
