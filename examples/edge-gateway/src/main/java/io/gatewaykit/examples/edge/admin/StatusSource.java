package io.gatewaykit.examples.edge.admin;

/** Says how the gateway stands. Thread-safe. */
@FunctionalInterface
public interface StatusSource {
  /** Returns how the gateway stands now. */
  GatewayStatus status();
}
