// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.guestbook;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Lists the entries and adds one from a form. */
@SuppressWarnings("serial") // current containers do not serialize servlets
final class EntriesServlet extends HttpServlet {
  private final transient Entries entries;

  EntriesServlet(Entries entries) {
    this.entries = entries;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setContentType("text/plain");
    response.setCharacterEncoding("UTF-8");
    for (String entry : entries.all()) {
      response.getWriter().println(entry);
    }
  }

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    request.setCharacterEncoding("UTF-8");
    String text = request.getParameter("text");
    if (text == null || text.isBlank()) {
      response.sendError(HttpServletResponse.SC_BAD_REQUEST, "text is missing");
      return;
    }
    entries.add(text);
    response.setStatus(HttpServletResponse.SC_CREATED);
  }
}
