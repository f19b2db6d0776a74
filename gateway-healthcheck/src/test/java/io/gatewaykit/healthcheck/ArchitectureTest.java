// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.tck.ArchitectureRules;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/** The rules of gateway-healthcheck, which uses gateway-api and SLF4J only. */
class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(HealthChecker.class, "javax.net..", "org.slf4j..");
  }

  @Override
  protected Set<String> addingSetters() {
    return Set.of(
        "ExpectedResponse.Builder.header",
        "ExpectedResponse.Builder.identity",
        "HealthCheckerBuilder.listener",
        "HttpProbe.Builder.header");
  }

  @Override
  protected Map<Object, Object> settingSamples() {
    return Map.of(
        Pattern.class,
        Pattern.compile("x"),
        ProbeTls.class,
        ProbeTls.of(context()),
        "HttpProbe.Builder.method",
        new Object[] {"GET"},
        "HttpProbe.Builder.loadHeader",
        new Object[] {"x", (BiConsumer<Object, Object>) (target, value) -> {}},
        "PassiveRules.Builder.statuses",
        new Object[] {"200", "500"});
  }

  private static SSLContext context() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The default clock for the times of events. */
  @Override
  protected Set<String> clockReaders() {
    return Set.of(ProbeEngine.Builder.class.getName());
  }
}
