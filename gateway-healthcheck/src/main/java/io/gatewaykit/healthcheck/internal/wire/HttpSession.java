// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import org.jspecify.annotations.Nullable;

/** Sends an HTTP/1.1 request per probe and checks the response. */
public final class HttpSession implements Session {
  private final byte[] before;
  private final byte[] authority;
  private final byte[] after;
  private final boolean bodiless;
  private final boolean keepAlive;
  private final HttpExpectation expectation;
  private final Http1Response response = new Http1Response();

  /**
   * Creates the session.
   *
   * @param before the part of the request before the host, the same for all targets of a probe
   * @param authority the host
   * @param after the rest of the request, the same for all targets
   * @param bodiless whether it is a HEAD request
   * @param keepAlive whether to keep the connection open if the server allows it
   */
  public HttpSession(
      byte[] before,
      byte[] authority,
      byte[] after,
      boolean bodiless,
      boolean keepAlive,
      HttpExpectation expectation) {
    this.before = before;
    this.authority = authority;
    this.after = after;
    this.bodiless = bodiless;
    this.keepAlive = keepAlive;
    this.expectation = expectation;
  }

  @Override
  public void begin(Outbox out) {
    out.write(before);
    out.write(authority);
    out.write(after);
  }

  @Override
  public @Nullable ProbeOutcome receive(Inbox in, Outbox out) {
    boolean complete =
        response.tryParse(in.bytes, in.to, in.ended, bodiless, expectation.inspectsBody());
    try {
      if (complete && response.problem() == null && response.status() == 101) {
        return ProbeOutcome.failed(Cause.PROTOCOL, "unsolicited protocol switch");
      }
      return complete ? expectation.evaluate(response, keepAlive && response.reusable()) : null;
    } finally {
      response.release();
    }
  }
}
