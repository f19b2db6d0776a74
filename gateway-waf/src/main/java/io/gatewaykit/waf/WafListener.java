// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

/**
 * Listens to the hits and incidents of a {@link Waf}. Called on the inspecting thread, so
 * implementations must return quickly.
 */
@FunctionalInterface
public interface WafListener {
  /**
   * Called for each hit, before the incident that it belongs to is reported. It is called again for
   * a rule if a later part of the request gives the rule a higher score.
   */
  default void onHit(WafRequest request, RuleHit hit) {}

  /**
   * Called for a request with at least one hit, or whose inspection was ended by the work bound. If
   * both head and body have hits, it is called twice; the second call has all hits and the same
   * incident id.
   */
  void onIncident(WafRequest request, WafResult result);
}
