package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * Resolves host names to addresses. Implementations must be thread-safe. They may block: they are
 * called on a background thread of the engine, never on the thread that runs the probes.
 */
@FunctionalInterface
public interface AddressResolver {
  /**
   * Resolves a host name.
   *
   * @throws IOException if the name has no address or the lookup fails; the addresses resolved
   *     before are then retained for a while
   */
  Answer resolve(String hostName) throws IOException;

  /**
   * The result of a lookup.
   *
   * @param addresses the addresses, in any order
   * @param timeToLive how long the addresses may be used before the name is resolved again
   */
  record Answer(List<InetAddress> addresses, Duration timeToLive) {
    /** Copies the list. */
    public Answer {
      addresses = List.copyOf(addresses);
      requireNonNull(timeToLive, "timeToLive");
    }
  }

  /**
   * Returns a resolver that uses the JDK. The JDK does not expose the time to live, so names are
   * resolved again every 30 seconds. The JDK has a cache of its own; see {@code
   * networkaddress.cache.ttl}.
   */
  static AddressResolver system() {
    return name -> new Answer(List.of(InetAddress.getAllByName(name)), Duration.ofSeconds(30));
  }

  /** Returns a resolver that omits the IPv6 addresses of this one. */
  default AddressResolver ipv4Only() {
    return only(Inet4Address.class::isInstance);
  }

  /** Returns a resolver that omits the IPv4 addresses of this one. */
  default AddressResolver ipv6Only() {
    return only(Inet6Address.class::isInstance);
  }

  private AddressResolver only(Predicate<InetAddress> kind) {
    return name -> {
      Answer answer = resolve(name);
      return new Answer(answer.addresses().stream().filter(kind).toList(), answer.timeToLive());
    };
  }
}
