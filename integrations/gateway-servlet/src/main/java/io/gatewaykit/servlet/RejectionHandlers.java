// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.GatewayRequest;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The built-in rejection handlers. */
final class RejectionHandlers {
  static final RejectionHandler SENT_AS_ERROR =
      (request, response, seen, rejection) -> sendError(response, rejection);

  static final RejectionHandler THROWN =
      (request, response, seen, rejection) -> {
        var exception = new RequestRejectedException(rejection);
        boolean waited =
            request.isAsyncStarted() || request.getDispatcherType() == DispatcherType.ASYNC;
        if (!waited) {
          setFields(response, rejection);
          throw exception;
        }
        request.setAttribute(RequestDispatcher.ERROR_EXCEPTION, exception);
        sendError(response, rejection);
      };

  private RejectionHandlers() {}

  private static void sendError(HttpServletResponse response, Rejection rejection)
      throws IOException {
    setFields(response, rejection);
    response.sendError(rejection.status(), rejection.title());
  }

  private static void setFields(HttpServletResponse response, Rejection rejection) {
    rejection
        .retryAfter()
        .ifPresent(wait ->
            response.setHeader(
                "Retry-After", Long.toString(wait.plusNanos(999_999_999).toSeconds())));
    rejection.headers().forEach(field -> response.addHeader(field.getKey(), field.getValue()));
  }

  /** Sends the response of a renderer. */
  record Rendered(RejectionRenderer renderer) implements RejectionHandler {
    Rendered(RejectionRenderer renderer) {
      this.renderer = requireNonNull(renderer, "renderer");
    }

    @Override
    public void reject(
        HttpServletRequest request,
        HttpServletResponse response,
        GatewayRequest seen,
        Rejection rejection)
        throws IOException, ServletException {
      RejectionRenderer.Response rendered = renderer.renderOrProblem(seen, rejection);
      response.setStatus(rendered.status());
      rendered.headers().forEach(field -> response.addHeader(field.getKey(), field.getValue()));
      if (rendered.status() == 204 || rendered.status() == 304) {
        return; // these responses have no body, regardless of the renderer
      }
      byte[] body = rendered.body().getBytes(StandardCharsets.UTF_8);
      boolean head = request.getMethod().equals("HEAD");
      // In HTTP/1 without a length, the head is sent once the container knows whether it closes the
      // connection because the body of the request is unread. Jetty then announces the close.
      if (head || !request.getProtocol().startsWith("HTTP/1")) {
        response.setContentLength(body.length);
      } else if (body.length >= response.getBufferSize()) {
        response.setBufferSize(body.length + 1); // a full buffer would be sent, with the head
      }
      if (!head) {
        response.getOutputStream().write(body);
      }
    }
  }
}
