package io.gatewaykit.api.request;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;

/**
 * Who sent a request.
 *
 * @param peer the transport's other end, which may be a proxy
 * @param address the client itself, as far as trusted proxies vouch for it; equal to {@code peer}
 *     where there are none
 * @param network the client's network: what limits are keyed on. The address itself for IPv4, its
 *     /64 (by default) for IPv6, because one IPv6 subscriber commands a whole /64
 */
public record ClientAddress(InetAddress peer, InetAddress address, InetAddress network) {
  /** Checks that nothing is null. */
  public ClientAddress(InetAddress peer, InetAddress address, InetAddress network) {
    this.peer = requireNonNull(peer, "peer");
    this.address = requireNonNull(address, "address");
    this.network = requireNonNull(network, "network");
  }
}
