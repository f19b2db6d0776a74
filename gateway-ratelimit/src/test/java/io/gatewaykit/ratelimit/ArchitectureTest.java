// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.tck.ArchitectureRules;
import io.gatewaykit.api.upstream.AdaptiveLimit;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The rules of gateway-ratelimit, whose Caffeine is optional. */
class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(RateLimiter.class, "com.github.benmanes.caffeine..", "org.slf4j..");
  }

  @Override
  protected Set<String> addingSetters() {
    return Set.of(
        "CompositeLimiter.Builder.add",
        "RateLimitGuard.Builder.exempt",
        "WindowCounterBuilder.calendar",
        "WindowCounterBuilder.fixed",
        "WindowCounterBuilder.sliding",
        "WindowCounterBuilder.slidingEstimate");
  }

  @Override
  protected Map<Object, Object> settingSamples() {
    return Map.of(
        AdaptiveLimit.class,
        AdaptiveLimit.between(2, 1, 3),
        WindowCounterBuilder.class,
        (Supplier<Object>) () -> WindowCounter.builder().fixed(Limit.perSecond(1)));
  }

  /** The default clock of calendar windows. */
  @Override
  protected Set<String> clockReaders() {
    return Set.of(WindowCounterBuilder.class.getName());
  }
}
