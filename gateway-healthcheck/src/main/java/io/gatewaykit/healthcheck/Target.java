// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A target of health checks. Immutable.
 *
 * <p>A target with an unresolved address represents all current and future addresses of its host
 * name. Each address becomes a target of its own, with an id such as {@code orders/10.0.0.7}. The
 * name counts as available while one of them is.
 *
 * @param id identifies the target in reports and selectors; unique within its checker
 * @param address the address of requests
 * @param probePort the port of probes, 1..65535; 0 for the port of the address
 * @param hostName the host name that probes use as {@code Host} and in TLS; null to use the address
 * @param backup whether it is used only when others fail; shown on the status page
 */
public record Target(
    String id,
    InetSocketAddress address,
    int probePort,
    @Nullable String hostName,
    boolean backup) {
  private static final int MAX_PORT = 65_535;

  /**
   * Validates the values.
   *
   * @throws IllegalArgumentException if the id is blank, the port out of range or the host name not
   *     visible ASCII
   */
  public Target {
    if (requireNonNull(id, "id").isBlank()) {
      throw new IllegalArgumentException("id: \"" + id + "\" (expected: not blank)");
    }
    requireNonNull(address, "address");
    if (probePort < 0 || probePort > MAX_PORT) {
      throw new IllegalArgumentException(
          "probePort: " + probePort + " (expected: 0.." + MAX_PORT + ", target " + id + ")");
    }
    if (hostName != null) {
      VisibleAscii.check("hostName", hostName);
    }
  }

  /** Creates a target that is probed at its serving port. */
  public Target(String id, InetSocketAddress address) {
    this(id, address, 0, address.isUnresolved() ? address.getHostString() : null, false);
  }

  /** Returns a target that represents all addresses of a host name. */
  public static Target dns(String id, String hostName, int port) {
    return new Target(id, InetSocketAddress.createUnresolved(hostName, port));
  }

  /** Returns a copy with a separate port for probes. */
  public Target withProbePort(int port) {
    return new Target(id, address, port, hostName, backup);
  }

  /** Returns a copy with the host name that probes use as {@code Host} and in TLS. */
  public Target withHostName(String name) {
    return new Target(id, address, probePort, requireNonNull(name, "name"), backup);
  }

  /** Returns a copy that is marked as a backup. */
  public Target asBackup() {
    return new Target(id, address, probePort, hostName, true);
  }

  /** Returns the target for one of the addresses of this name. */
  Target at(InetSocketAddress resolved) {
    String name = id + "/" + resolved.getAddress().getHostAddress();
    return new Target(name, resolved, probePort, hostName, backup);
  }

  /** Returns the address of probes. */
  InetSocketAddress probeAddress() {
    return probePort == 0 ? address : new InetSocketAddress(address.getAddress(), probePort);
  }
}
