// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Rejection;
import jakarta.servlet.ServletException;

/** Thrown when a guard has rejected a request and {@link RejectionHandler#throwing} is set. */
public final class RequestRejectedException extends ServletException {
  private static final long serialVersionUID = 1;

  private final transient Rejection rejection;

  /** Creates the exception. */
  public RequestRejectedException(Rejection rejection) {
    super(rejection.title());
    this.rejection = requireNonNull(rejection, "rejection");
  }

  /**
   * Returns the rejection, which contains the status, the retry time and further details of the
   * guard.
   */
  public Rejection rejection() {
    return rejection;
  }
}
