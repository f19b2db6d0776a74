// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.spelling;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Responds with the name of its area. */
final class AreaServlet extends HttpServlet {
  private static final long serialVersionUID = 1;

  private final String area;

  private AreaServlet(String area) {
    this.area = area;
  }

  static void addTo(ServletContext context) {
    for (String area : Backend.AREAS) {
      context.addServlet(area, new AreaServlet(area)).addMapping("/" + area + "/*");
    }
    context.addServlet("rest", new AreaServlet("rest")).addMapping("/*");
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setContentType("text/plain");
    response
        .getWriter()
        .print(Backend.MARK + area + " " + request.getServletPath() + " " + request.getPathInfo());
  }
}
