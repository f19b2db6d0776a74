// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.tck.ArchitectureRules;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The rules of gateway-failover, which uses gateway-api, SLF4J and hashes of Guava only. */
class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(FailoverGroup.class, "org.slf4j..", "javax.crypto..");
  }

  @Override
  protected Set<String> addingSetters() {
    return Set.of(
        "FailoverGroupBuilder.line",
        "HttpDnsResolver.Builder.header",
        "StickyTokens.Builder.accept",
        "Topology.Builder.line",
        "Topology.LineBuilder.endpoint");
  }

  @Override
  protected Map<Object, Object> settingSamples() {
    return Map.of(
        byte[].class,
        new byte[32],
        HttpClient.class,
        HttpClient.newHttpClient(),
        String[].class,
        new String[] {"https://dns.example/?name={host}"},
        Topology.LineBuilder.class,
        (Supplier<Object>) ArchitectureTest::lineBuilder,
        "LineSwitcher.Builder.flaps",
        new Object[] {Duration.ofSeconds(60), 3.0, 1.0});
  }

  private static Object lineBuilder() {
    var builders = new ArrayList<Object>();
    Topology.<String>builder().line("x", builders::add);
    return builders.get(0);
  }
}
