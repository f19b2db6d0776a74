// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api;

import io.gatewaykit.api.request.ClientAddress;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.tck.ArchitectureRules;
import java.net.InetAddress;
import java.net.URI;
import java.util.Map;
import java.util.Set;

/** The rules of gateway-api, which has no library but SLF4J. */
class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(Ticker.class, "javax.net..", "org.slf4j..");
  }

  @Override
  protected Set<String> addingSetters() {
    return Set.of(
        "GuardChain.Builder.guard",
        "Rejection.Builder.header",
        "ClientAddressResolver.Builder.trustedProxies");
  }

  @Override
  protected Map<Object, Object> settingSamples() {
    InetAddress address = InetAddress.getLoopbackAddress();
    return Map.of(
        URI.class,
        URI.create("x:y"),
        InetAddress.class,
        address,
        ClientAddress.class,
        ClientAddressResolver.peer().resolve(address, Headers.empty()),
        String[].class,
        new String[] {"a", "b"},
        Headers.class,
        Headers.empty());
  }
}
