// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import io.gatewaykit.healthcheck.state.ProbeResult.Cause;

/**
 * The outcome of a probe exchange.
 *
 * @param cause the reason for the result
 * @param status the status of the protocol, or 0
 * @param detail a human-readable description
 * @param reusable whether the connection can be used for another probe
 */
public record ProbeOutcome(Cause cause, int status, String detail, boolean reusable) {
  /**
   * The peer closed the connection without processing the probe, which is therefore inconclusive.
   */
  public static final ProbeOutcome RECONNECT =
      new ProbeOutcome(Cause.PASSED, 0, "server requested a reconnect", false);

  public static ProbeOutcome failed(Cause cause, String detail) {
    return new ProbeOutcome(cause, 0, detail, false);
  }
}
