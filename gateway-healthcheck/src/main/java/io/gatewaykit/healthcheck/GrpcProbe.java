package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.gatewaykit.healthcheck.internal.wire.GrpcSession;
import io.gatewaykit.healthcheck.internal.wire.Session;
import org.jspecify.annotations.Nullable;

/** Asks the standard gRPC health service over HTTP/2, in plain text or TLS. Immutable. */
public final class GrpcProbe extends Probe {
  private static final int LONGEST_NAME = 125; // so that lengths are one byte

  private final String service;
  private final @Nullable String authority;
  private final @Nullable ProbeTls tls;
  private final boolean watch;
  private final boolean unimplementedPasses;

  GrpcProbe(String service) {
    this(service, null, null, false, false);
    if (service.getBytes(UTF_8).length > LONGEST_NAME) {
      throw new IllegalArgumentException(
          "service: \"" + service + "\" (expected: at most 125 bytes)");
    }
  }

  private GrpcProbe(
      String service,
      @Nullable String authority,
      @Nullable ProbeTls tls,
      boolean watch,
      boolean unimplementedPasses) {
    this.service = service;
    this.authority = authority;
    this.tls = tls;
    this.watch = watch;
    this.unimplementedPasses = unimplementedPasses;
  }

  /**
   * Returns this probe with an {@code :authority} of its own; without, it is the target's host name
   * or address.
   *
   * @throws IllegalArgumentException if it is not visible ASCII
   */
  public GrpcProbe authority(String authority) {
    checkVisibleAscii("authority", authority);
    return new GrpcProbe(service, authority, tls, watch, unimplementedPasses);
  }

  /** Returns this probe over TLS. */
  public GrpcProbe tls(ProbeTls tls) {
    requireNonNull(tls, "tls");
    return new GrpcProbe(service, authority, tls, watch, unimplementedPasses);
  }

  /**
   * Returns this probe with {@code Watch}: the server tells changes as they happen, and what it
   * tells decides at once. Probes go on, at intervals that may now be long, to find out whether the
   * server is still there. Servers that know no {@code Watch} are only asked.
   */
  public GrpcProbe watch() {
    return new GrpcProbe(service, authority, tls, true, unimplementedPasses);
  }

  /** Returns this probe passing servers that have no health service: they answered, after all. */
  public GrpcProbe unimplementedPasses() {
    return new GrpcProbe(service, authority, tls, watch, true);
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
  Session session(Target target) {
    String name = authority == null ? authority(target) : authority;
    return new GrpcSession(service, name, tls != null, watch, unimplementedPasses);
  }
}
