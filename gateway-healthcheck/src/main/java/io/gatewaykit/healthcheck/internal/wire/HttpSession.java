package io.gatewaykit.healthcheck.internal.wire;

import io.gatewaykit.healthcheck.ProbeResult.Cause;
import org.jspecify.annotations.Nullable;

/** Sends one HTTP/1.1 request a probe and judges the answer. */
public final class HttpSession implements Session {
  private final byte[] request;
  private final boolean bodiless;
  private final boolean keepAlive;
  private final HttpExpectation expectation;
  private final HttpAnswer answer = new HttpAnswer();

  /**
   * Makes the session.
   *
   * @param request the whole request
   * @param bodiless whether it is a HEAD request
   * @param keepAlive whether to keep the connection if the other side lets it
   */
  public HttpSession(
      byte[] request, boolean bodiless, boolean keepAlive, HttpExpectation expectation) {
    this.request = request;
    this.bodiless = bodiless;
    this.keepAlive = keepAlive;
    this.expectation = expectation;
  }

  @Override
  public void begin(Outbox out) {
    out.write(request);
  }

  @Override
  public @Nullable Ending receive(Inbox in, Outbox out) {
    boolean whole = answer.reads(in.bytes, in.to, in.ended, bodiless, expectation.looksAtBody());
    try {
      if (whole && answer.problem() == null && answer.status() == 101) {
        return Ending.failed(Cause.PROTOCOL, "switched protocols unasked");
      }
      return whole ? expectation.judge(answer, keepAlive && answer.reusable()) : null;
    } finally {
      answer.forget();
    }
  }
}
