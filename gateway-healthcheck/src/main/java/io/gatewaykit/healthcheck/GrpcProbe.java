package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Asks the standard gRPC health service over HTTP/2, in plain text or TLS. Immutable. */
public final class GrpcProbe extends Probe {
  private static final int LONGEST_NAME = 127; // so that its length is one byte

  private final String service;
  private final @Nullable String authority;
  private final @Nullable ProbeTls tls;

  GrpcProbe(String service) {
    this(service, null, null);
    if (service.getBytes(UTF_8).length > LONGEST_NAME) {
      throw new IllegalArgumentException(
          "service: \"" + service + "\" (expected: at most 127 bytes)");
    }
  }

  private GrpcProbe(String service, @Nullable String authority, @Nullable ProbeTls tls) {
    this.service = service;
    this.authority = authority;
    this.tls = tls;
  }

  /**
   * Returns this probe with an {@code :authority} of its own; without, it is the target's address.
   *
   * @throws IllegalArgumentException if it is not visible ASCII
   */
  public GrpcProbe authority(String authority) {
    return new GrpcProbe(service, checkVisibleAscii("authority", authority), tls);
  }

  /** Returns this probe over TLS. */
  public GrpcProbe tls(ProbeTls tls) {
    return new GrpcProbe(service, authority, requireNonNull(tls, "tls"));
  }

  @Override
  @Nullable ProbeTls tls() {
    return tls;
  }

  @Override
  String alpn() {
    return "h2";
  }

  @Override
  Session session(InetSocketAddress address) {
    String name = authority == null ? authority(address) : authority;
    return new GrpcSession(service, name, tls != null);
  }
}
