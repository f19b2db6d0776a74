package io.gatewaykit.waf;

/** Learns what a {@link Waf} finds. Called on the inspecting thread; must be quick. */
@FunctionalInterface
public interface WafListener {
  /** Learns of a request with at least one hit, or that ran out of its bound. */
  void onIncident(WafRequest request, WafResult result);
}
