package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a name stands for. Immutable.
 *
 * <p>The addresses remember the name: {@link InetAddress#getHostName} gives it back without a
 * look-up. So a TLS client that is handed one of them still asks for, and checks, the certificate
 * of the name and not of the number.
 *
 * @param host the name
 * @param addresses its addresses, the better ones first; never empty
 * @param ttl for how long that holds; zero: use it once
 * @param source who said so, for people
 */
public record Resolution(String host, List<InetAddress> addresses, Duration ttl, String source) {
  /**
   * Copies the addresses and gives them the name.
   *
   * @throws IllegalArgumentException if there is no address, or the time is negative
   */
  public Resolution(String host, List<InetAddress> addresses, Duration ttl, String source) {
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("addresses: none for " + host + " (expected: at least 1)");
    }
    if (ttl.isNegative()) {
      throw new IllegalArgumentException("ttl: " + ttl + " (expected: >= 0)");
    }
    this.host = requireNonNull(host, "host");
    this.addresses = named(host, addresses);
    this.ttl = ttl;
    this.source = requireNonNull(source, "source");
  }

  private static List<InetAddress> named(String host, List<InetAddress> addresses) {
    var named = new ArrayList<InetAddress>(addresses.size());
    for (InetAddress address : addresses) {
      try {
        named.add(InetAddress.getByAddress(host, address.getAddress()));
      } catch (UnknownHostException e) {
        throw new AssertionError("an address of a wrong length", e);
      }
    }
    return List.copyOf(named);
  }
}
