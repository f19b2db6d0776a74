// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.verdict;

import io.gatewaykit.healthcheck.state.ProbeResult.Cause;

/**
 * The meaning of one probe or one real request for a target's verdict. The order is that of the
 * packed counts.
 */
public enum Report {
  /** A good response. */
  SUCCESS,
  /** A bad response. */
  HTTP_FAILURE,
  /** The connection failed or broke. */
  TCP_FAILURE,
  /** A timeout. */
  TIMEOUT;

  /** Returns the meaning of a probe's result. */
  public static Report of(Cause cause) {
    return switch (cause) {
      case PASSED, DEGRADED, DRAINING -> SUCCESS;
      case CONNECT, TLS, RESET -> TCP_FAILURE;
      case TIMEOUT -> TIMEOUT;
      case PROTOCOL, STATUS, BODY, IDENTITY, FAIL_NOW, CUSTOM -> HTTP_FAILURE;
    };
  }
}
