// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import org.jspecify.annotations.Nullable;

/** Opens a WebSocket (RFC 6455, section 4) and closes it with a close frame. */
public final class WebSocketSession implements Session {
  /** The sample key of RFC 6455, section 1.3: a probe does not have to defeat caches. */
  public static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  private static final int SWITCHING_PROTOCOLS = 101;

  // A close frame with status 1000, masked with zeros since a client must mask its frames.
  private static final byte[] GOODBYE = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 0x03, (byte) 0xe8};

  private final byte[] request;

  public WebSocketSession(byte[] request) {
    this.request = request;
  }

  @Override
  public void begin(Outbox out) {
    out.write(request);
  }

  @Override
  public boolean closesWithFin() {
    return true;
  }

  @Override
  public @Nullable ProbeOutcome receive(Inbox in, Outbox out) {
    Http1Response response = Http1Response.read(in.bytes, in.to, in.ended, false);
    if (response == null) {
      return null;
    }
    String problem = response.problem();
    if (problem != null) {
      boolean broke = problem.startsWith("closed");
      return ProbeOutcome.failed(broke ? Cause.RESET : Cause.PROTOCOL, problem);
    }
    int status = response.status();
    if (status != SWITCHING_PROTOCOLS) {
      return new ProbeOutcome(Cause.STATUS, status, "status " + status, false);
    }
    String upgrade = response.header("upgrade");
    if (!"websocket".equalsIgnoreCase(upgrade)
        || !ACCEPT.equals(response.header("sec-websocket-accept"))) {
      return new ProbeOutcome(
          Cause.PROTOCOL, status, "invalid WebSocket handshake response", false);
    }
    out.write(GOODBYE);
    return new ProbeOutcome(Cause.PASSED, status, "WebSocket opened", false);
  }
}
