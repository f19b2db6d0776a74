// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.state;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The result of a probe. Immutable.
 *
 * @param cause the reason for the result
 * @param status the HTTP or gRPC status; 0 if none was received
 * @param latencyNanos the duration of the probe, in nanoseconds
 * @param detail a human-readable description
 * @param certificateExpiry the expiry of the target's certificate; null without TLS
 */
public record ProbeResult(
    Cause cause,
    int status,
    long latencyNanos,
    String detail,
    @Nullable Instant certificateExpiry) {

  /** The reason for a probe's result. */
  public enum Cause {
    /** The response was as expected. */
    PASSED(true),
    /**
     * The probe passed, and the target reported itself degraded: it should receive less traffic.
     */
    DEGRADED(true),
    /**
     * The probe passed, and the target announced its shutdown: it should receive no new requests.
     */
    DRAINING(true),
    /** No connection could be established. */
    CONNECT(false),
    /** The TLS handshake failed: certificate, name, client certificate, protocol. */
    TLS(false),
    /** The connection was reset or closed. */
    RESET(false),
    /** The response was not complete before the timeout. */
    TIMEOUT(false),
    /** The response violates the protocol. */
    PROTOCOL(false),
    /** The status is not one of those that pass. */
    STATUS(false),
    /** The body, or the bytes received, do not match. */
    BODY(false),
    /** A different server responds at this address. */
    IDENTITY(false),
    /** The target demanded its immediate removal: no threshold applies. */
    FAIL_NOW(false),
    /** A user-defined check returned false or threw an exception. */
    CUSTOM(false);

    private final boolean passed;

    Cause(boolean passed) {
      this.passed = passed;
    }

    /** Returns whether the probe passed. */
    public boolean passed() {
      return passed;
    }
  }
}
