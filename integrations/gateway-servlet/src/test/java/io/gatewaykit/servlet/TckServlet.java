// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.tck.TckApplication;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The suite's application as a servlet. */
final class TckServlet extends HttpServlet {
  private static final long serialVersionUID = 1;

  private final transient TckApplication application;

  TckServlet(TckApplication application) {
    this.application = application;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    application.called();
    switch (request.getRequestURI()) {
      case TckApplication.FAIL -> throw TckApplication.failure();
      case TckApplication.HANG -> hang(request);
      case TckApplication.STREAM -> stream(response);
      default -> answer(request, response, request.getInputStream().readAllBytes());
    }
  }

  private static void answer(
      HttpServletRequest request, HttpServletResponse response, byte[] requestBody)
      throws IOException {
    int status = TckApplication.status(request.getRequestURI());
    response.setStatus(status);
    response.setHeader("X-App", "yes");
    if (status != 204 && status != 304) {
      response.getOutputStream().write(TckApplication.body(requestBody));
    }
  }

  private void hang(HttpServletRequest request) throws IOException {
    byte[] body = request.getInputStream().readAllBytes();
    AsyncContext context = request.startAsync();
    var unused =
        application
            .released()
            .thenRunAsync(() -> {
              try {
                answer(request, (HttpServletResponse) context.getResponse(), body);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              } finally {
                context.complete();
              }
            });
  }

  private void stream(HttpServletResponse response) throws IOException {
    response.getOutputStream().write(TckApplication.FIRST.getBytes(StandardCharsets.US_ASCII));
    response.getOutputStream().flush();
    application.released().join();
    response.getOutputStream().write(TckApplication.SECOND.getBytes(StandardCharsets.US_ASCII));
  }
}
