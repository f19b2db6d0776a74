package io.gatewaykit.servlet;

import io.gatewaykit.api.tck.ArchitectureRules;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(GatewayFilter.class, "jakarta.servlet..", "org.slf4j..");
  }
}
