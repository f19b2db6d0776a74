// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.healthcheck.internal.wire.GrpcSession;
import io.gatewaykit.healthcheck.internal.wire.Session;
import org.jspecify.annotations.Nullable;

/** Queries the standard gRPC health service over HTTP/2, in plain text or TLS. Immutable. */
public final class GrpcProbe extends Probe {
  /** The settings of a probe. */
  private record Settings(
      String service,
      @Nullable String authority,
      @Nullable ProbeTls tls,
      boolean watch,
      boolean unimplementedPasses) {}

  private final Settings settings;

  private GrpcProbe(Settings settings) {
    this.settings = settings;
  }

  /**
   * Returns a builder of a probe that passes on the response {@code SERVING}.
   *
   * @param service the service to query; empty for the server as a whole
   * @throws IllegalArgumentException if it is more than 125 bytes
   */
  public static Builder builder(String service) {
    return new Builder(service);
  }

  @Override
  @Nullable ProbeTls tls() {
    return settings.tls;
  }

  @Override
  String alpn() {
    return "h2";
  }

  @Override
  Session session(Target target) {
    String name =
        settings.authority == null ? authority(target, settings.tls != null) : settings.authority;
    return new GrpcSession(
        settings.service, name, settings.tls != null, settings.watch, settings.unimplementedPasses);
  }

  /** Collects the settings of a {@link GrpcProbe}. Not thread-safe. */
  public static final class Builder {
    private static final int MAX_NAME_BYTES = 125; // so that lengths fit in one byte

    private final String service;
    private @Nullable String authority;
    private @Nullable ProbeTls tls;
    private boolean watch;
    private boolean unimplementedPasses;

    private Builder(String service) {
      if (service.getBytes(UTF_8).length > MAX_NAME_BYTES) {
        throw new IllegalArgumentException(
            "service: \"" + service + "\" (expected: at most 125 bytes)");
      }
      this.service = service;
    }

    /**
     * Sets the {@code :authority}. Default: the target's host name or address.
     *
     * @throws IllegalArgumentException if it is not visible ASCII
     */
    public Builder authority(String authority) {
      VisibleAscii.check("authority", authority);
      this.authority = Arguments.once("authority", this.authority, authority);
      return this;
    }

    /** Uses TLS. Default: plain text. */
    public Builder tls(ProbeTls tls) {
      this.tls = Arguments.once("tls", this.tls, tls);
      return this;
    }

    /**
     * Uses {@code Watch}: the server pushes status changes, and each one takes effect immediately.
     * Probes continue, at intervals that may now be long, to detect a server that no longer
     * responds. Servers that do not implement {@code Watch} are polled with {@code Check} as usual.
     */
    public Builder watch() {
      watch = Arguments.once("watch", watch ? true : null, true);
      return this;
    }

    /** Makes the probe pass on servers that do not implement the health service. */
    public Builder unimplementedPasses() {
      unimplementedPasses =
          Arguments.once("unimplementedPasses", unimplementedPasses ? true : null, true);
      return this;
    }

    /** Builds the probe. */
    public GrpcProbe build() {
      return new GrpcProbe(new Settings(service, authority, tls, watch, unimplementedPasses));
    }
  }
}
