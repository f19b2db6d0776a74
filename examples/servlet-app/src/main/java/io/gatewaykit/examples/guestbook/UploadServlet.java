// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.guestbook;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.Part;
import java.io.IOException;

/** Receives a picture and adds an entry with its name and size. */
@SuppressWarnings("serial") // current containers do not serialize servlets
final class UploadServlet extends HttpServlet {
  private final transient Entries entries;

  UploadServlet(Entries entries) {
    this.entries = entries;
  }

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    Part picture = request.getPart("picture");
    if (picture == null) {
      response.sendError(HttpServletResponse.SC_BAD_REQUEST, "picture is missing");
      return;
    }
    entries.add(picture.getSubmittedFileName() + ", " + picture.getSize() + " bytes");
    response.setStatus(HttpServletResponse.SC_CREATED);
  }
}
