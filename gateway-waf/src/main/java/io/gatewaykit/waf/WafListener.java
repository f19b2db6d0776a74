package io.gatewaykit.waf;

/** Learns what a {@link Waf} finds. Called on the inspecting thread; must be quick. */
@FunctionalInterface
public interface WafListener {
  /** Learns of one rule's hit, before the incident that it belongs to. */
  default void onHit(WafRequest request, RuleHit hit) {}

  /**
   * Learns of a request with at least one hit, or that ran out of its bound. If both its head and
   * its body have hits, it is called twice, the second time with all of them and the same incident.
   */
  void onIncident(WafRequest request, WafResult result);
}
