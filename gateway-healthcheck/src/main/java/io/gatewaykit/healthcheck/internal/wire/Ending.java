package io.gatewaykit.healthcheck.internal.wire;

import io.gatewaykit.healthcheck.ProbeResult.Cause;

/**
 * How a probe ended.
 *
 * @param cause what decided it
 * @param status the protocol's status, or 0
 * @param detail what happened, for people
 * @param reusable whether another probe may follow on the connection
 */
public record Ending(Cause cause, int status, String detail, boolean reusable) {
  /** The far side took leave without having looked at the probe: it says nothing. */
  public static final Ending ASK_AGAIN = new Ending(Cause.PASSED, 0, "asked to reconnect", false);

  public static Ending failed(Cause cause, String detail) {
    return new Ending(cause, 0, detail, false);
  }
}
