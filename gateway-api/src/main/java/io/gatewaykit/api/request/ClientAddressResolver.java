package io.gatewaykit.api.request;

import static java.util.Objects.requireNonNull;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the client behind proxies, without believing what the client says of itself.
 *
 * <p>A forwarding header is a list to which each proxy appends the address it saw. Only the entries
 * that our own proxies wrote are facts; everything left of them is the client's invention. So the
 * walk goes from the right: as long as the current address is a trusted proxy, the entry it wrote
 * is taken; the first address that is not trusted is the client. An entry that is no IP address
 * ({@code unknown}, an obfuscated name, garbage) ends the walk at the last good one. Exactly one
 * header is read, because a proxy that sets one passes the other through as the client sent it.
 *
 * <p>By default nothing is trusted and no header read: the client is the transport peer. Immutable
 * and thread-safe. See RFC 7239 §5.2 and §8.1 for the syntax and the warning.
 */
public final class ClientAddressResolver {
  /** The forwarding header that the trusted proxies write. */
  public enum ForwardingHeader {
    /** None: the transport peer is the client. */
    NONE,
    /** The standard header of RFC 7239. */
    FORWARDED,
    /** The de-facto standard. */
    X_FORWARDED_FOR
  }

  /** The peer of a connection that has no address: nobody whom anybody trusts. */
  private static final InetAddress NOWHERE = IpLiteral.of(new byte[4]);

  private static final ClientAddressResolver PEER = builder().build();

  private final ForwardingHeader header;
  private final Cidr[] trusted;
  private final int trustedHops;
  private final int maxHops;
  private final int ipv6PrefixLength;

  private ClientAddressResolver(Builder builder) {
    header = builder.header;
    trusted = builder.trusted.toArray(new Cidr[0]);
    trustedHops = builder.trustedHops;
    maxHops = builder.maxHops;
    ipv6PrefixLength = builder.ipv6PrefixLength;
  }

  /** Returns the resolver for which the transport peer is the client. */
  public static ClientAddressResolver peer() {
    return PEER;
  }

  /** Returns a builder that so far trusts nobody. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns who sent a request that came from the peer with these headers. Never throws, asks no
   * DNS.
   */
  public ClientAddress resolve(InetAddress peer, Headers headers) {
    InetAddress transport = canonical(requireNonNull(peer, "peer"));
    InetAddress address = header == ForwardingHeader.NONE ? transport : walk(transport, headers);
    return new ClientAddress(transport, address, network(address));
  }

  /**
   * Returns who sent a request whose transport peer the server tells as text: a literal, which may
   * stand in brackets or name a zone. Anything else, such as a Unix socket's path, becomes the
   * address {@code 0.0.0.0}, and never a DNS query.
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
   * Drops an IPv6 zone, which means something to this host only and would split one client in two.
   */
  private static InetAddress canonical(InetAddress address) {
    return address instanceof Inet6Address v6 && v6.getScopeId() != 0
        ? IpLiteral.of(address.getAddress())
        : address;
  }

  /** Collects the settings of a {@link ClientAddressResolver}. Not thread-safe. */
  public static final class Builder {
    private ForwardingHeader header = ForwardingHeader.NONE;
    private final List<Cidr> trusted = new ArrayList<>();
    private int trustedHops;
    private int maxHops = 16;
    private int ipv6PrefixLength = 64;

    private Builder() {}

    /** Sets which header the trusted proxies write. Default: none. */
    public Builder header(ForwardingHeader header) {
      this.header = requireNonNull(header, "header");
      return this;
    }

    /**
     * Adds blocks of addresses whose entries are believed. Default: none.
     *
     * @throws IllegalArgumentException if one is not an address or {@code ADDRESS/PREFIX}
     */
    public Builder trustedProxies(String... cidrs) {
      for (String cidr : cidrs) {
        trusted.add(Cidr.parse(cidr));
      }
      return this;
    }

    /**
     * Trusts a fixed number of hops instead of addresses, for proxies whose addresses nobody can
     * list; 0, the default, to 16. Only safe where no client can reach this server past those
     * proxies.
     */
    public Builder trustedHops(int hops) {
      trustedHops = checkRange("trustedHops", hops, 0, 16);
      return this;
    }

    /** Sets how many entries are followed at most, 1 to 64. Default: 16. */
    public Builder maxHops(int hops) {
      maxHops = checkRange("maxHops", hops, 1, 64);
      return this;
    }

    /** Sets how many leading bits of an IPv6 address make its network, 1 to 128. Default: 64. */
    public Builder ipv6PrefixLength(int bits) {
      ipv6PrefixLength = checkRange("ipv6PrefixLength", bits, 1, 128);
      return this;
    }

    /**
     * Builds the resolver.
     *
     * @throws IllegalArgumentException if a header is to be read but nobody is trusted to write it,
     *     or someone is trusted but no header is to be read
     */
    public ClientAddressResolver build() {
      boolean trusts = !trusted.isEmpty() || trustedHops > 0;
      if (trusts != (header != ForwardingHeader.NONE)) {
        throw new IllegalArgumentException(
            trusts
                ? "header: NONE (expected: FORWARDED or X_FORWARDED_FOR where proxies are trusted)"
                : "trustedProxies: none (expected: at least one, or trustedHops, to read "
                    + header
                    + ")");
      }
      return new ClientAddressResolver(this);
    }

    private static int checkRange(String name, int value, int min, int max) {
      if (value < min || value > max) {
        throw new IllegalArgumentException(
            name + ": " + value + " (expected: " + min + ".." + max + ")");
      }
      return value;
    }
  }
}
