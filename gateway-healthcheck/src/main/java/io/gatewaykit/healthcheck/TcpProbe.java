// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.healthcheck.internal.wire.Session;
import io.gatewaykit.healthcheck.internal.wire.TcpSession;
import org.jspecify.annotations.Nullable;

/** Opens a TCP connection and optionally exchanges bytes. Immutable. */
public final class TcpProbe extends Probe {
  /** The settings of a probe. */
  @SuppressWarnings("ArrayRecordComponent") // settings are never compared
  private record Settings(byte[] send, byte[] expect, @Nullable ProbeTls tls) {}

  private final Settings settings;

  private TcpProbe(Settings settings) {
    this.settings = settings;
  }

  /** Returns a builder of a probe that passes if a connection can be established. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  @Nullable ProbeTls tls() {
    return settings.tls;
  }

  @Override
  Session session(Target target) {
    return new TcpSession(settings.send, settings.expect);
  }

  /** Collects the settings of a {@link TcpProbe}. Not thread-safe. */
  public static final class Builder {
    private static final int MAX_BYTES = 16 * 1_024;
    private static final byte[] NOTHING = new byte[0];

    private byte @Nullable [] send;
    private byte @Nullable [] expect;
    private @Nullable ProbeTls tls;

    private Builder() {}

    /** Sets the bytes to send after connecting. Default: none. */
    public Builder send(byte[] bytes) {
      send = Arguments.once("send", send, bytes.clone());
      return this;
    }

    /**
     * Sets the bytes that the response must start with. Default: none, a connection is sufficient.
     *
     * @throws IllegalArgumentException if they are more than 16 KB
     */
    public Builder expect(byte[] bytes) {
      if (bytes.length > MAX_BYTES) {
        throw new IllegalArgumentException(
            "expect: " + bytes.length + " bytes (expected: 0..16384)");
      }
      expect = Arguments.once("expect", expect, bytes.clone());
      return this;
    }

    /** Uses TLS: the probe passes only after a complete handshake. Default: plain text. */
    public Builder tls(ProbeTls tls) {
      this.tls = Arguments.once("tls", this.tls, tls);
      return this;
    }

    /** Builds the probe. */
    public TcpProbe build() {
      return new TcpProbe(
          new Settings(send == null ? NOTHING : send, expect == null ? NOTHING : expect, tls));
    }
  }
}
