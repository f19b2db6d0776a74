// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.healthcheck.internal.engine.ProbePart;
import io.gatewaykit.healthcheck.internal.engine.ProbePlan;
import io.gatewaykit.healthcheck.internal.wire.Session;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A procedure that determines whether a target is healthy. Immutable. */
public abstract sealed class Probe
    permits TcpProbe, HttpProbe, GrpcProbe, CustomProbe, CombinedProbe {
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  /** A port after a name or after an IPv6 address in brackets. */
  private static final Pattern HAS_PORT = Pattern.compile("(^|])[^:]*:[0-9]+$");

  Probe() {}

  /** Returns a probe that passes if a TCP connection can be established. */
  public static TcpProbe tcp() {
    return TcpProbe.builder().build();
  }

  /**
   * Returns a probe that sends {@code GET path} and passes on the statuses 200 to 399. {@code Host}
   * is the target's host name or address, and the connection is kept alive for the next probe.
   *
   * @throws IllegalArgumentException if the path does not start with / or contains blanks
   */
  public static HttpProbe http(String path) {
    return HttpProbe.builder(path).build();
  }

  /**
   * Returns a probe that opens and closes a WebSocket. It passes if the handshake completes.
   *
   * @throws IllegalArgumentException if the path does not start with / or contains blanks
   */
  public static HttpProbe webSocket(String path) {
    return HttpProbe.builder(path).webSocket().build();
  }

  /**
   * Returns a probe that queries the standard gRPC health service, {@code
   * grpc.health.v1.Health/Check}, over HTTP/2. It passes on the response {@code SERVING}.
   *
   * @param service the service to query; empty for the server as a whole
   */
  public static GrpcProbe grpc(String service) {
    return GrpcProbe.builder(service).build();
  }

  /**
   * Returns a user-defined probe, which may block. It is interrupted on timeout.
   *
   * @param check called for each probe; an exception is a failure
   * @param executor runs the check; its size bounds the number of concurrent checks
   */
  public static Probe custom(Check check, Executor executor) {
    return new CustomProbe(requireNonNull(check, "check"), requireNonNull(executor, "executor"));
  }

  /**
   * Returns a probe that passes if all of the given probes do. They run one after the other within
   * one timeout.
   *
   * @throws IllegalArgumentException if empty, or one is itself a combination
   */
  public static Probe all(Probe... parts) {
    return new CombinedProbe(List.of(parts), false);
  }

  /**
   * Returns a probe that passes if any of the given probes does. They run one after the other
   * within one timeout.
   *
   * @throws IllegalArgumentException if empty, or one is itself a combination
   */
  public static Probe any(Probe... parts) {
    return new CombinedProbe(List.of(parts), true);
  }

  /** A user-defined check. */
  @FunctionalInterface
  public interface Check {
    /**
     * Returns whether the target is healthy.
     *
     * @throws Exception if it is not, or if the check fails
     */
    boolean passes(Target target) throws Exception;
  }

  /** Returns the TLS settings of the connection; null for plain text. */
  @Nullable ProbeTls tls() {
    return null;
  }

  /** Returns the ALPN protocol to request in the TLS handshake; null for none. */
  @Nullable String alpn() {
    return null;
  }

  /** Returns the probe of one target. */
  ProbePlan plan(Target target) {
    return plan(target, List.of(part(target)), false);
  }

  static ProbePlan plan(Target target, List<ProbePart> parts, boolean oneIsEnough) {
    return new ProbePlan(target.id(), target.address().getAddress(), parts, oneIsEnough);
  }

  /** Returns the single part of the probe of one target. */
  ProbePart part(Target target) {
    return new WirePart(this, target);
  }

  /** Creates the protocol session for a new connection. */
  abstract Session session(Target target);

  /**
   * Returns the target in the form of a Host header: its host name, with the port of probes unless
   * the name contains one or it is the default of the scheme (RFC 9110, section 7.2).
   */
  static String authority(Target target, boolean tls) {
    String name = target.hostName();
    InetSocketAddress address = target.probeAddress();
    if (name != null) {
      int port = address.getPort();
      boolean complete = port == (tls ? HTTPS_PORT : HTTP_PORT) || HAS_PORT.matcher(name).find();
      return complete ? name : name + ":" + port;
    }
    String ip = address.getAddress().getHostAddress();
    int zone = ip.indexOf('%');
    ip = zone < 0 ? ip : ip.substring(0, zone);
    return (address.getAddress() instanceof Inet6Address ? "[" + ip + "]" : ip)
        + ":"
        + address.getPort();
  }
}
