// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Rejection;
import java.io.IOException;

/**
 * Thrown by the request's input stream and reader when a guard rejects the body while the
 * application reads it. {@code getParameter} and related methods wrap it. The rejection has then
 * been sent as the response, unless a response was already committed, so the application should
 * stop processing the request.
 */
public final class BodyRejectedException extends IOException {
  private static final long serialVersionUID = 1;

  private final transient Rejection rejection;

  BodyRejectedException(Rejection rejection) {
    super("request body rejected: " + rejection.title());
    this.rejection = requireNonNull(rejection, "rejection");
  }

  /** Returns the rejection. */
  public Rejection rejection() {
    return rejection;
  }
}
