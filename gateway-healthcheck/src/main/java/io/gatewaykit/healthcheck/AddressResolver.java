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
 * Finds the addresses of a name. May block: it is called on a thread of the engine's that probes do
 * not wait for. Must be thread-safe.
 */
@FunctionalInterface
public interface AddressResolver {
  /**
   * Returns the addresses of a name.
   *
   * @throws IOException if it has none, or that cannot be found out; what was known then holds on
   */
  Answer resolve(String hostName) throws IOException;

  /**
   * What was found.
   *
   * @param addresses the addresses, in any order
   * @param timeToLive for how long they may be used without asking again
   */
  record Answer(List<InetAddress> addresses, Duration timeToLive) {
    /** Copies the list. */
    public Answer {
      addresses = List.copyOf(addresses);
      requireNonNull(timeToLive, "timeToLive");
    }
  }

  /**
   * Returns the resolver that asks the JDK, which does not tell how long its answers hold: they are
   * asked for again after 30 seconds. The JDK caches too; see {@code networkaddress.cache.ttl}.
   */
  static AddressResolver system() {
    return name -> new Answer(List.of(InetAddress.getAllByName(name)), Duration.ofSeconds(30));
  }

  /** Returns this resolver without IPv6 addresses. */
  default AddressResolver ipv4Only() {
    return only(Inet4Address.class::isInstance);
  }

  /** Returns this resolver without IPv4 addresses. */
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
