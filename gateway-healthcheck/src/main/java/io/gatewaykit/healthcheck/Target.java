package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Something to watch. Immutable.
 *
 * <p>A target whose address is not resolved stands for all addresses its name has, now and later:
 * each becomes a target of its own, called after this one and the address, such as {@code
 * orders/10.0.0.7}, and what is said of the name holds while one of them is available.
 *
 * @param id by which reports and selectors know it; unique in its checker
 * @param address where requests go
 * @param probePort the port probes go to, 1..65535; 0 for that of the address
 * @param hostName the name of the host, which probes use as {@code Host} and in TLS; null to use
 *     the address
 * @param backup whether it is used only when others fail; for the status page
 */
public record Target(
    String id,
    InetSocketAddress address,
    int probePort,
    @Nullable String hostName,
    boolean backup) {
  private static final int MAX_PORT = 65_535;

  /**
   * Checks the values.
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
      Probe.checkVisibleAscii("hostName", hostName);
    }
  }

  /** Makes a target that is probed where it serves. */
  public Target(String id, InetSocketAddress address) {
    this(id, address, 0, address.isUnresolved() ? address.getHostString() : null, false);
  }

  /** Returns the target that stands for all addresses of a name. */
  public static Target dns(String id, String hostName, int port) {
    return new Target(id, InetSocketAddress.createUnresolved(hostName, port));
  }

  /** Returns this target, probed at another port. */
  public Target withProbePort(int port) {
    return new Target(id, address, port, hostName, backup);
  }

  /** Returns this target with the name probes use as {@code Host} and in TLS. */
  public Target withHostName(String name) {
    return new Target(id, address, probePort, requireNonNull(name, "name"), backup);
  }

  /** Returns this target as one that is used only when others fail. */
  public Target asBackup() {
    return new Target(id, address, probePort, hostName, true);
  }

  /** One of the addresses this target stands for. */
  Target at(InetSocketAddress resolved) {
    String name = id + "/" + resolved.getAddress().getHostAddress();
    return new Target(name, resolved, probePort, hostName, backup);
  }

  /** Where probes go. */
  InetSocketAddress probeAddress() {
    return probePort == 0 ? address : new InetSocketAddress(address.getAddress(), probePort);
  }
}
