// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The addresses of a host name. Immutable.
 *
 * <p>The addresses retain the name: {@link InetAddress#getHostName} returns it without a lookup. A
 * TLS client that connects to one of them therefore still sends and verifies the name rather than
 * the IP address.
 *
 * @param host the host name
 * @param addresses its addresses in order of preference; never empty
 * @param ttl the time to live; zero permits a single use only
 * @param source a human-readable name of the source
 */
public record Resolution(String host, List<InetAddress> addresses, Duration ttl, String source) {
  /**
   * Copies the addresses and attaches the name to them.
   *
   * @throws IllegalArgumentException if there is no address, or the time is negative
   */
  public Resolution(String host, List<InetAddress> addresses, Duration ttl, String source) {
    if (addresses.isEmpty()) {
      throw Arguments.outside("addresses", "none for " + host, "at least 1");
    }
    this.host = requireNonNull(host, "host");
    this.addresses = named(host, addresses);
    this.ttl = Arguments.notNegative("ttl", ttl);
    this.source = requireNonNull(source, "source");
  }

  private static List<InetAddress> named(String host, List<InetAddress> addresses) {
    var named = new ArrayList<InetAddress>(addresses.size());
    for (InetAddress address : addresses) {
      try {
        named.add(InetAddress.getByAddress(host, address.getAddress()));
      } catch (UnknownHostException e) {
        throw new AssertionError("invalid address length", e);
      }
    }
    return List.copyOf(named);
  }
}
