// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import io.gatewaykit.api.tck.ArchitectureRules;
import io.gatewaykit.edge.proxy.OutOfMemory;
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

  /** The main class, on errors at start, and the exit when memory is exhausted. */
  @Override
  protected Set<String> exitingClasses() {
    return Set.of(Main.class.getName(), OutOfMemory.class.getName());
  }
}
