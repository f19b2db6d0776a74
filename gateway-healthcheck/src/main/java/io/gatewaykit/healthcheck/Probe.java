package io.gatewaykit.healthcheck;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** What is done to find out whether a target works. Immutable. */
public final class Probe {
  private static final int LOWEST_STATUS = 100;
  private static final int HIGHEST_STATUS = 599;

  private final @Nullable String path;
  private final @Nullable String host;
  private final BitSet good;

  private Probe(@Nullable String path, @Nullable String host, BitSet good) {
    this.path = path;
    this.host = host;
    this.good = good;
  }

  /** Returns the probe that is content with a connection. */
  public static Probe tcp() {
    return new Probe(null, null, new BitSet());
  }

  /**
   * Returns the probe that sends {@code GET path}, on a connection of its own, and takes the
   * statuses 200 to 399 as good. {@code Host} is the target's address.
   *
   * @throws IllegalArgumentException if the path does not begin with / or holds blanks
   */
  public static Probe http(String path) {
    if (!path.matches("/[\\x21-\\x7e]*")) {
      throw new IllegalArgumentException(
          "path: \"" + path + "\" (expected: visible ASCII that begins with /)");
    }
    var good = new BitSet();
    good.set(200, 400);
    return new Probe(path, null, good);
  }

  /**
   * Returns this probe with a {@code Host} of its own.
   *
   * @throws IllegalArgumentException if it is not visible ASCII
   */
  public Probe host(String host) {
    if (!host.matches("[\\x21-\\x7e]+")) {
      throw new IllegalArgumentException("host: \"" + host + "\" (expected: visible ASCII)");
    }
    return new Probe(path, host, good);
  }

  /**
   * Returns this probe with these statuses as the good ones.
   *
   * @throws IllegalArgumentException if there is none, or one is not 100..599
   */
  public Probe goodStatuses(int... statuses) {
    var set = new BitSet();
    for (int status : statuses) {
      if (status < LOWEST_STATUS || status > HIGHEST_STATUS) {
        throw new IllegalArgumentException("goodStatuses: " + status + " (expected: 100..599)");
      }
      set.set(status);
    }
    if (set.isEmpty()) {
      throw new IllegalArgumentException("goodStatuses: none (expected: at least one)");
    }
    return new Probe(path, host, set);
  }

  /** What to send; null where a connection is enough. */
  byte @Nullable [] request(InetSocketAddress address) {
    if (path == null) {
      return null;
    }
    String authority = host == null ? authority(address) : host;
    return ("GET "
            + path
            + " HTTP/1.1\r\nHost: "
            + authority
            + "\r\nUser-Agent: gatewaykit-healthcheck\r\nConnection: close\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static String authority(InetSocketAddress address) {
    String ip = address.getAddress().getHostAddress();
    int zone = ip.indexOf('%');
    ip = zone < 0 ? ip : ip.substring(0, zone);
    return (address.getAddress() instanceof Inet6Address ? "[" + ip + "]" : ip)
        + ":"
        + address.getPort();
  }

  boolean isGood(int status) {
    return good.get(status);
  }
}
