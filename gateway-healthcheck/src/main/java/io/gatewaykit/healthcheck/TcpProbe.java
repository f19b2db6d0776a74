package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.healthcheck.internal.wire.Session;
import io.gatewaykit.healthcheck.internal.wire.TcpSession;
import org.jspecify.annotations.Nullable;

/** Asks for a connection and, if wished, for certain bytes on it. Immutable. */
public final class TcpProbe extends Probe {
  private static final int LONGEST_GREETING = 16 * 1_024;

  private final byte[] send;
  private final byte[] expect;
  private final @Nullable ProbeTls tls;

  TcpProbe() {
    this(new byte[0], new byte[0], null);
  }

  private TcpProbe(byte[] send, byte[] expect, @Nullable ProbeTls tls) {
    this.send = send;
    this.expect = expect;
    this.tls = tls;
  }

  /** Returns this probe with bytes to send once connected. */
  public TcpProbe send(byte[] bytes) {
    return new TcpProbe(bytes.clone(), expect, tls);
  }

  /**
   * Returns this probe with bytes with which the answer must begin; without any, the connection
   * alone is good.
   *
   * @throws IllegalArgumentException if they are more than 16 KB
   */
  public TcpProbe expect(byte[] bytes) {
    if (bytes.length > LONGEST_GREETING) {
      throw new IllegalArgumentException("expect: " + bytes.length + " bytes (expected: 0..16384)");
    }
    return new TcpProbe(send, bytes.clone(), tls);
  }

  /** Returns this probe over TLS: good only after a complete handshake. */
  public TcpProbe tls(ProbeTls tls) {
    return new TcpProbe(send, expect, requireNonNull(tls, "tls"));
  }

  @Override
  @Nullable ProbeTls tls() {
    return tls;
  }

  @Override
  Session session(Target target) {
    return new TcpSession(send, expect);
  }
}
