package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.healthcheck.internal.wire.Session;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What is done to find out whether a target works. Immutable. */
public abstract sealed class Probe
    permits TcpProbe, HttpProbe, GrpcProbe, CustomProbe, CombinedProbe {
  Probe() {}

  /** Returns the probe that is content with a connection. */
  public static TcpProbe tcp() {
    return new TcpProbe();
  }

  /**
   * Returns the probe that sends {@code GET path} and takes the statuses 200 to 399 as good. {@code
   * Host} is the target's address, and the connection is kept for the next probe.
   *
   * @throws IllegalArgumentException if the path does not begin with / or holds blanks
   */
  public static HttpProbe http(String path) {
    return HttpProbe.over1(path);
  }

  /**
   * Returns the probe that opens a WebSocket and closes it again. Good is a completed handshake.
   *
   * @throws IllegalArgumentException if the path does not begin with / or holds blanks
   */
  public static HttpProbe webSocket(String path) {
    return HttpProbe.overWebSocket(path);
  }

  /**
   * Returns the probe that asks the standard gRPC health service, {@code
   * grpc.health.v1.Health/Check}, over HTTP/2. Good is the answer {@code SERVING}.
   *
   * @param service the service to ask about; empty for the server as a whole
   */
  public static GrpcProbe grpc(String service) {
    return new GrpcProbe(service);
  }

  /**
   * Returns a probe of the caller's own, which may block. It is interrupted when its time is up.
   *
   * @param check run for each probe; what it throws is a failure
   * @param executor where it runs; bounds how many run at once
   */
  public static Probe custom(Check check, Executor executor) {
    return new CustomProbe(requireNonNull(check, "check"), requireNonNull(executor, "executor"));
  }

  /**
   * Returns the probe that is good if all of these are, asked in turn within one timeout.
   *
   * @throws IllegalArgumentException if there is none, or one is combined itself
   */
  public static Probe all(Probe... parts) {
    return new CombinedProbe(List.of(parts), false);
  }

  /**
   * Returns the probe that is good if one of these is, asked in turn within one timeout.
   *
   * @throws IllegalArgumentException if there is none, or one is combined itself
   */
  public static Probe any(Probe... parts) {
    return new CombinedProbe(List.of(parts), true);
  }

  /** A check of the caller's own. */
  @FunctionalInterface
  public interface Check {
    /**
     * Tells whether the target works.
     *
     * @throws Exception if it does not, or if it cannot be told
     */
    boolean passes(Target target) throws Exception;
  }

  /** How to secure the connection; null for plain text. */
  @Nullable ProbeTls tls() {
    return null;
  }

  /** The protocol to ask for in the TLS handshake; null for none. */
  @Nullable String alpn() {
    return null;
  }

  /** Begins what is said on a new connection. */
  abstract Session session(Target target);

  /** The target as it stands in a Host header. */
  static String authority(Target target) {
    String name = target.hostName();
    if (name != null) {
      return name;
    }
    InetSocketAddress address = target.probeAddress();
    String ip = address.getAddress().getHostAddress();
    int zone = ip.indexOf('%');
    ip = zone < 0 ? ip : ip.substring(0, zone);
    return (address.getAddress() instanceof Inet6Address ? "[" + ip + "]" : ip)
        + ":"
        + address.getPort();
  }

  static String checkVisibleAscii(String field, String value) {
    if (!value.matches("[\\x21-\\x7e]+")) {
      throw new IllegalArgumentException(field + ": \"" + value + "\" (expected: visible ASCII)");
    }
    return value;
  }
}
