// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.guestbook;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Long polling: responds with the next entry, or with nothing after ten seconds. Holds no thread
 * while it waits.
 */
@SuppressWarnings("serial") // current containers do not serialize servlets
final class NewsServlet extends HttpServlet {
  private static final long TIMEOUT_SECONDS = 10;

  private final transient Entries entries;

  NewsServlet(Entries entries) {
    this.entries = entries;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response) {
    AsyncContext waiting = request.startAsync();
    waiting.setTimeout(0);
    var unused =
        entries
            .next()
            .copy()
            .completeOnTimeout("", TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .thenAccept(entry -> {
              try {
                response.setContentType("text/plain");
                response.setCharacterEncoding("UTF-8");
                response.getWriter().print(entry);
              } catch (IOException e) {
                getServletContext().log("failed to respond to a waiting client", e);
              } finally {
                waiting.complete();
              }
            });
  }
}
