// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.tck.ArchitectureRules;
import jakarta.servlet.MultipartConfigElement;
import java.util.Map;
import java.util.Set;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(GatewayFilter.class, "jakarta.servlet..", "jakarta.websocket..", "org.slf4j..");
  }

  @Override
  protected Map<Object, Object> settingSamples() {
    return Map.of(MultipartConfigElement.class, new MultipartConfigElement("/tmp"));
  }

  @Override
  protected Set<String> addingSetters() {
    return Set.of("WebSocketMessageGuard.Builder.check");
  }
}
