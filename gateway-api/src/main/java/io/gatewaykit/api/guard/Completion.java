// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

/**
 * The completion of a request.
 *
 * @param kind the kind of completion
 * @param status the status sent, or 0 if none was
 */
public record Completion(Kind kind, int status) {
  /** The kinds of completion. */
  public enum Kind {
    /** The response was sent. */
    SERVED,
    /** A guard rejected the request. */
    REJECTED,
    /** The client disconnected first. */
    CANCELLED,
    /** The application failed. */
    FAILED
  }

  /** Validates that the kind is not null. */
  public Completion(Kind kind, int status) {
    this.kind = requireNonNull(kind, "kind");
    this.status = status;
  }
}
