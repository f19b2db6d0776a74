// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Determines the client's address behind proxies, without trusting data supplied by the client.
 *
 * <p>A forwarding header is a list to which each proxy appends the address of its peer. Only the
 * entries appended by trusted proxies are reliable; everything to the left of them may be forged by
 * the client. The list is therefore processed from the right: while the current address is a
 * trusted proxy, the entry it appended is the next address; the first address that is not trusted
 * is the client. An entry that is not an IP address ({@code unknown}, an obfuscated name, garbage)
 * ends the search at the last valid one. Exactly one header is read, because a proxy that sets one
 * forwards the other as received from the client.
 *
 * <p>By default nothing is trusted and no header is read: the client is the transport peer.
 * Immutable and thread-safe. See RFC 7239 §5.2 and §8.1 for the syntax and the warning.
 */
public final class ClientAddressResolver {
  /** The forwarding header set by the trusted proxies. */
  public enum ForwardingHeader {
    /** None: the transport peer is the client. */
    NONE,
    /** The standard header of RFC 7239. */
    FORWARDED,
    /** The de-facto standard. */
    X_FORWARDED_FOR
  }

  /** Stands for the peer of a connection without an IP address. Matches no trusted proxy. */
  private static final InetAddress NOWHERE = IpLiteral.of(new byte[4]);

  private static final ClientAddressResolver PEER = builder().build();

  private final ForwardingHeader header;
  private final Cidr[] trusted;
  private final int trustedHops;
  private final int maxHops;
  private final int ipv6PrefixLength;

  private ClientAddressResolver(Builder builder) {
    header = builder.header();
    trusted = builder.trusted.toArray(new Cidr[0]);
    trustedHops = builder.trustedHops();
    maxHops = builder.maxHops == null ? 16 : builder.maxHops;
    ipv6PrefixLength = builder.ipv6PrefixLength == null ? 64 : builder.ipv6PrefixLength;
  }

  /** Returns a resolver that always returns the transport peer. */
  public static ClientAddressResolver peer() {
    return PEER;
  }

  /** Returns a new builder without trusted proxies. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns the client of a request with these headers from this peer. Never throws; there is no
   * DNS lookup.
   */
  public ClientAddress resolve(InetAddress peer, Headers headers) {
    InetAddress transport = canonical(requireNonNull(peer, "peer"));
    InetAddress address = header == ForwardingHeader.NONE ? transport : walk(transport, headers);
    return new ClientAddress(transport, address, network(address));
  }

  /**
   * Returns the client of a request whose transport peer is given as text: an address literal,
   * optionally in brackets or with a zone. Any other text, such as the path of a Unix socket, is
   * mapped to {@code 0.0.0.0}; there is no DNS lookup.
   */
  public ClientAddress resolve(@Nullable String peer, Headers headers) {
    return resolve(peer == null ? NOWHERE : literal(peer), headers);
  }

  private static InetAddress literal(String peer) {
    int from = peer.startsWith("[") ? 1 : 0;
    int zone = peer.indexOf('%');
    int to = zone >= 0 ? zone : peer.length() - (peer.endsWith("]") ? 1 : 0);
    InetAddress address = from < to ? IpLiteral.parse(peer.substring(from, to)) : null;
    return address == null ? NOWHERE : address;
  }

  private InetAddress walk(InetAddress peer, Headers headers) {
    if (!isTrusted(peer, 0)) {
      return peer;
    }
    boolean standard = header == ForwardingHeader.FORWARDED;
    List<String> lines = headers.all(standard ? "forwarded" : "x-forwarded-for");
    InetAddress current = peer;
    int hops = 0;
    for (int i = lines.size() - 1; i >= 0; i--) {
      var elements = new ForwardingElements(lines.get(i), standard);
      while (hops < maxHops && isTrusted(current, hops) && elements.previous()) {
        InetAddress next = elements.address();
        if (next == null) {
          return current;
        }
        current = canonical(next);
        hops++;
      }
      if (hops >= maxHops || !isTrusted(current, hops)) {
        return current;
      }
    }
    return current;
  }

  private boolean isTrusted(InetAddress address, int hops) {
    if (hops < trustedHops) {
      return true;
    }
    for (Cidr cidr : trusted) {
      if (cidr.contains(address)) {
        return true;
      }
    }
    return false;
  }

  private InetAddress network(InetAddress address) {
    return address instanceof Inet6Address ? Cidr.truncate(address, ipv6PrefixLength) : address;
  }

  /**
   * Drops an IPv6 zone, which is meaningful on this host only and would make one client look like
   * two.
   */
  private static InetAddress canonical(InetAddress address) {
    return address instanceof Inet6Address v6 && v6.getScopeId() != 0
        ? IpLiteral.of(address.getAddress())
        : address;
  }

  /** Collects the settings of a {@link ClientAddressResolver}. Not thread-safe. */
  public static final class Builder {
    private @Nullable ForwardingHeader header;
    private final List<Cidr> trusted = new ArrayList<>();
    private @Nullable Integer trustedHops;
    private @Nullable Integer maxHops;
    private @Nullable Integer ipv6PrefixLength;

    private Builder() {}

    /** Sets the header set by the trusted proxies. Default: none. */
    public Builder header(ForwardingHeader header) {
      this.header = Arguments.once("header", this.header, header);
      return this;
    }

    /**
     * Adds the address blocks of trusted proxies. Default: none.
     *
     * @throws IllegalArgumentException if one is not an address or {@code ADDRESS/PREFIX}
     */
    public Builder trustedProxies(String... cidrs) {
      for (String cidr : requireNonNull(cidrs, "cidrs")) {
        trusted.add(Cidr.parse(cidr));
      }
      return this;
    }

    /**
     * Trusts a fixed number of hops instead of addresses, for proxies whose addresses are unknown;
     * 0, the default, to 16. Only safe if no client can bypass those proxies.
     */
    public Builder trustedHops(int hops) {
      int checked = Arguments.range("trustedHops", hops, 0, 16);
      trustedHops = Arguments.once("trustedHops", trustedHops, checked);
      return this;
    }

    /** Sets the maximum number of entries to follow, 1 to 64. Default: 16. */
    public Builder maxHops(int hops) {
      int checked = Arguments.range("maxHops", hops, 1, 64);
      maxHops = Arguments.once("maxHops", maxHops, checked);
      return this;
    }

    /**
     * Sets the number of leading bits of an IPv6 address that form its network, 1 to 128. Default:
     * 64.
     */
    public Builder ipv6PrefixLength(int bits) {
      int checked = Arguments.range("ipv6PrefixLength", bits, 1, 128);
      ipv6PrefixLength = Arguments.once("ipv6PrefixLength", ipv6PrefixLength, checked);
      return this;
    }

    /**
     * Builds the resolver.
     *
     * @throws IllegalArgumentException if a header is set without trusted proxies, or trusted
     *     proxies without a header
     */
    public ClientAddressResolver build() {
      boolean trusts = !trusted.isEmpty() || trustedHops() > 0;
      if (trusts != (header() != ForwardingHeader.NONE)) {
        throw new IllegalArgumentException(
            trusts
                ? "header: NONE (expected: FORWARDED or X_FORWARDED_FOR if proxies are trusted)"
                : "trustedProxies: none (expected: at least one, or trustedHops, to read "
                    + header()
                    + ")");
      }
      return new ClientAddressResolver(this);
    }

    private ForwardingHeader header() {
      return header == null ? ForwardingHeader.NONE : header;
    }

    private int trustedHops() {
      return trustedHops == null ? 0 : trustedHops;
    }
  }
}
