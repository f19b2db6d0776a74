package io.gatewaykit.netty;

import io.gatewaykit.api.tck.ArchitectureRules;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(GatewayHandler.class, "io.netty..", "org.slf4j..");
  }
}
