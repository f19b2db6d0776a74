// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;

/**
 * The origin of a request.
 *
 * @param peer the remote end of the connection, which may be a proxy
 * @param address the client's address, as reported by trusted proxies; {@code peer} if it is not a
 *     trusted proxy
 * @param network the client's network, used as the key of limits. The address itself for IPv4; its
 *     /64 (by default) for IPv6, since a single subscriber controls an entire /64
 */
public record ClientAddress(InetAddress peer, InetAddress address, InetAddress network) {
  /** Validates that no value is null. */
  public ClientAddress(InetAddress peer, InetAddress address, InetAddress network) {
    this.peer = requireNonNull(peer, "peer");
    this.address = requireNonNull(address, "address");
    this.network = requireNonNull(network, "network");
  }
}
