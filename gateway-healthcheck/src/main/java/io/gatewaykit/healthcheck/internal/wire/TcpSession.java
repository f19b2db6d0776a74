// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Sends bytes, if any, and compares the start of the response with the expected bytes, if any. */
public final class TcpSession implements Session {
  private static final ProbeOutcome CONNECTED =
      new ProbeOutcome(Cause.PASSED, 0, "connected", false);
  private static final ProbeOutcome AS_EXPECTED =
      new ProbeOutcome(Cause.PASSED, 0, "response matched", false);

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
  public @Nullable ProbeOutcome receive(Inbox in, Outbox out) {
    if (expect.length == 0) {
      return CONNECTED;
    }
    int present = Math.min(in.available(), expect.length);
    if (!Arrays.equals(in.bytes, in.from, in.from + present, expect, 0, present)) {
      return ProbeOutcome.failed(Cause.BODY, "response did not match");
    }
    if (present == expect.length) {
      return AS_EXPECTED;
    }
    return in.ended ? ProbeOutcome.failed(Cause.RESET, "closed before the response matched") : null;
  }
}
