package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.GatewayRequest;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Answers a refused request. Called once for each, on a container's thread, before the response is
 * committed; fields that other filters have set on it stay. Thread-safe.
 */
@FunctionalInterface
public interface RejectionHandler {

  /**
   * Answers the request, or throws what the application's error handling answers.
   *
   * @param seen the request as the guards saw it, with their attributes
   */
  void reject(
      HttpServletRequest request,
      HttpServletResponse response,
      GatewayRequest seen,
      Rejection rejection)
      throws IOException, ServletException;

  /** Returns the handler that sends what the renderer makes of a refusal. */
  static RejectionHandler rendering(RejectionRenderer renderer) {
    return new RejectionAnswers.Rendered(renderer);
  }

  /**
   * Returns the handler that calls {@code sendError} with the refusal's status and title, so that
   * the application's error page for that status answers. {@code Retry-After} and the refusal's
   * other header fields are set.
   */
  static RejectionHandler sendingError() {
    return RejectionAnswers.SENT_AS_ERROR;
  }

  /**
   * Returns the handler that throws {@link RequestRejectedException} through the filters before
   * this one, into the application's error handling. Where a request had to wait first, nobody is
   * left to throw to: then it is answered as by {@link #sendingError}, with the exception in the
   * request attribute {@code jakarta.servlet.error.exception}.
   */
  static RejectionHandler throwing() {
    return RejectionAnswers.THROWN;
  }
}
