// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.GatewayRequest;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Responds to a rejected request. Called once per request, on a container thread, before the
 * response is committed. Header fields that other filters have set are retained. Implementations
 * must be thread-safe.
 */
@FunctionalInterface
public interface RejectionHandler {

  /**
   * Sends the response, or throws an exception for the error handling of the application.
   *
   * @param seen the request as the guards received it, with their attributes
   */
  void reject(
      HttpServletRequest request,
      HttpServletResponse response,
      GatewayRequest seen,
      Rejection rejection)
      throws IOException, ServletException;

  /** Returns a handler that sends the response of a renderer. */
  static RejectionHandler rendering(RejectionRenderer renderer) {
    return new RejectionHandlers.Rendered(renderer);
  }

  /**
   * Returns a handler that calls {@code sendError} with the status and title of the rejection, so
   * that the application's error page for this status is shown. {@code Retry-After} and the other
   * header fields of the rejection are set.
   */
  static RejectionHandler sendingError() {
    return RejectionHandlers.SENT_AS_ERROR;
  }

  /**
   * Returns a handler that throws {@link RequestRejectedException} through the preceding filters to
   * the error handling of the application. If the request had to wait without a thread, there is no
   * caller to throw to. It is then handled as by {@link #sendingError}, with the exception in the
   * request attribute {@code jakarta.servlet.error.exception}.
   */
  static RejectionHandler throwing() {
    return RejectionHandlers.THROWN;
  }
}
