package io.gatewaykit.healthcheck.internal.wire;

import io.gatewaykit.healthcheck.ProbeResult.Cause;
import org.jspecify.annotations.Nullable;

/** Opens a WebSocket (RFC 6455, section 4) and says goodbye. */
public final class WebSocketSession implements Session {
  /** The key of RFC 6455, section 1.3: a probe has no secret to keep from caches. */
  public static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  private static final int SWITCHING_PROTOCOLS = 101;

  // A close frame, status 1000, masked with zeros as a client's must be masked.
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
  public boolean closesPolitely() {
    return true;
  }

  @Override
  public @Nullable Ending receive(Inbox in, Outbox out) {
    HttpAnswer answer = HttpAnswer.read(in.bytes, in.to, in.ended, false);
    if (answer == null) {
      return null;
    }
    String problem = answer.problem();
    if (problem != null) {
      boolean broke = problem.startsWith("closed");
      return Ending.failed(broke ? Cause.RESET : Cause.PROTOCOL, problem);
    }
    int status = answer.status();
    if (status != SWITCHING_PROTOCOLS) {
      return new Ending(Cause.STATUS, status, "status " + status, false);
    }
    String upgrade = answer.header("upgrade");
    if (!"websocket".equalsIgnoreCase(upgrade)
        || !ACCEPT.equals(answer.header("sec-websocket-accept"))) {
      return new Ending(Cause.PROTOCOL, status, "answered the WebSocket handshake wrongly", false);
    }
    out.write(GOODBYE);
    return new Ending(Cause.PASSED, status, "opened a WebSocket", false);
  }
}
