package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;

/**
 * Something to watch. Immutable.
 *
 * @param id by which reports and selectors know it; unique in its checker
 * @param address where probes go, resolved
 */
public record Target(String id, InetSocketAddress address) {
  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the id is blank or the address not resolved
   */
  public Target(String id, InetSocketAddress address) {
    if (requireNonNull(id, "id").isBlank()) {
      throw new IllegalArgumentException("id: \"" + id + "\" (expected: not blank)");
    }
    if (requireNonNull(address, "address").isUnresolved()) {
      throw new IllegalArgumentException(
          "address: " + address + " (expected: resolved, target " + id + ")");
    }
    this.id = id;
    this.address = address;
  }
}
