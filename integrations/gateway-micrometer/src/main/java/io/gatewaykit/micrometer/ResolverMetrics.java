// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Resolution;
import io.gatewaykit.failover.resolve.ResolverListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import org.jspecify.annotations.Nullable;

/**
 * Counts the results of a caching resolver: {@code gateway.resolver.results} by {@code resolver}
 * and {@code outcome}. {@code changed}: the addresses are new; {@code stale}: the lookup failed and
 * the last good result is still used; {@code failed}: no result is available. Lookups with an
 * unchanged result are not reported and therefore not counted. Names and networks are never used in
 * tags. Thread-safe.
 */
public final class ResolverMetrics implements ResolverListener, AutoCloseable {
  private final MeterGroup meters;
  private final Counter changed;
  private final Counter stale;
  private final Counter failed;

  /**
   * Registers the meters of a resolver.
   *
   * @param resolver the value of the tag {@code resolver}
   */
  public ResolverMetrics(MeterRegistry registry, String resolver) {
    meters = new MeterGroup(requireNonNull(registry, "registry"));
    Tags tags = Tags.of("resolver", resolver);
    changed = outcome(tags, "changed");
    stale = outcome(tags, "stale");
    failed = outcome(tags, "failed");
  }

  private Counter outcome(Tags tags, String outcome) {
    return meters.counter(
        "gateway.resolver.results", "Lookups by result", tags.and("outcome", outcome));
  }

  @Override
  public void onResolution(String network, Resolution resolution, @Nullable Resolution before) {
    changed.increment();
  }

  @Override
  public void onFailure(
      String host, String network, Throwable failure, @Nullable Resolution stillUsed) {
    (stillUsed == null ? failed : stale).increment();
  }

  /** Removes the meters. */
  @Override
  public void close() {
    meters.close();
  }
}
