package io.gatewaykit.healthcheck.internal.wire;

import io.gatewaykit.healthcheck.ProbeResult.Cause;
import org.jspecify.annotations.Nullable;

/** Sends one HTTP/1.1 request a probe and judges the answer. */
public final class HttpSession implements Session {
  private final byte[] before;
  private final byte[] authority;
  private final byte[] after;
  private final boolean bodiless;
  private final boolean keepAlive;
  private final HttpExpectation expectation;
  private final HttpAnswer answer = new HttpAnswer();

  /**
   * Makes the session.
   *
   * @param before the request up to the host, the same for all targets of a probe
   * @param authority the host
   * @param after the rest of the request, the same for all targets
   * @param bodiless whether it is a HEAD request
   * @param keepAlive whether to keep the connection if the other side lets it
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
