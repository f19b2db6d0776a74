package io.gatewaykit.healthcheck.internal.wire;

import io.gatewaykit.healthcheck.ProbeResult.Cause;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Sends bytes, if any, and looks at how the answer begins, if it matters. */
public final class TcpSession implements Session {
  private static final Ending CONNECTED = new Ending(Cause.PASSED, 0, "connected", false);
  private static final Ending AS_EXPECTED =
      new Ending(Cause.PASSED, 0, "answered as expected", false);

  private final byte[] send;
  private final byte[] expect;

  public TcpSession(byte[] send, byte[] expect) {
    this.send = send;
    this.expect = expect;
  }

  @Override
  public void begin(Outbox out) {
    out.write(send);
  }

  @Override
  public @Nullable Ending receive(Inbox in, Outbox out) {
    if (expect.length == 0) {
      return CONNECTED;
    }
    int present = Math.min(in.available(), expect.length);
    if (!Arrays.equals(in.bytes, in.from, in.from + present, expect, 0, present)) {
      return Ending.failed(Cause.BODY, "answered other bytes than expected");
    }
    if (present == expect.length) {
      return AS_EXPECTED;
    }
    return in.ended ? Ending.failed(Cause.RESET, "closed before it answered as expected") : null;
  }
}
