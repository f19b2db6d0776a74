// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.WafListener;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.WafResult;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

/**
 * Counts the findings of a firewall. As its listener, it counts the requests matched by a rule:
 * {@code gateway.waf.matches} by {@code rule} and {@code action}. As a wrapper of its guard, see
 * {@link #watch}, it counts each request once, {@code gateway.waf.requests} by {@code ruleset} and
 * {@code outcome}, and times the inspections, {@code gateway.waf.inspection} by {@code ruleset} and
 * {@code phase}. Request data is never used in tags. Thread-safe.
 */
public final class WafMetrics implements WafListener, AutoCloseable {
  private final MeterRegistry registry;
  private final Tags ruleset;
  private final BoundedCounters matches;
  private final MeterGroup meters;

  /**
   * Registers the meters of a firewall.
   *
   * @param ruleset the value of the tag {@code ruleset}
   */
  public WafMetrics(MeterRegistry registry, String ruleset) {
    this.registry = requireNonNull(registry, "registry");
    this.ruleset = Tags.of("ruleset", ruleset);
    matches = new BoundedCounters(registry, "gateway.waf.matches", "Requests matched by a rule");
    meters = new MeterGroup(registry);
  }

  /**
   * Returns a guard that delegates to the given one and counts and times its decisions. The
   * outcomes are {@code passed}, {@code blocked}, {@code detected} (admitted despite matches),
   * {@code exhausted} (admitted without complete inspection), {@code oversize} (rejected for the
   * length of the body), {@code skipped} (the firewall is off) and {@code error} (the guard
   * failed).
   */
  public Guard watch(WafGuard guard) {
    return new WatchedWaf(
        requireNonNull(guard, "guard"), meters, ruleset, registry.config().clock());
  }

  @Override
  public void onHit(WafRequest request, RuleHit hit) {
    String action = hit.counted() ? "count" : MeterGroup.lower(hit.action());
    matches.increment("rule", hit.rule(), "action", action);
  }

  @Override
  public void onIncident(WafRequest request, WafResult result) {}

  /** Removes the meters. */
  @Override
  public void close() {
    meters.close();
    matches.clear();
  }
}
