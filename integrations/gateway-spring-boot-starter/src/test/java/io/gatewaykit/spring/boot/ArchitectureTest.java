// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.api.tck.ArchitectureRules;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(
        GatewayKitProperties.class,
        "io.gatewaykit..",
        "org.springframework..",
        "io.micrometer.core.instrument..",
        "io.lettuce.core..",
        "jakarta.servlet..",
        "org.aopalliance.intercept..",
        "org.reactivestreams..",
        "reactor.core..",
        "org.slf4j..");
  }
}
