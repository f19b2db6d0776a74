// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Processes a request as its path specifies, and responds with the properties of the request. */
final class DispatchingServlet extends HttpServlet {
  private static final long serialVersionUID = 1;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws ServletException, IOException {
    boolean first =
        request.getDispatcherType() == DispatcherType.REQUEST
            || request.getAttribute("again") == null;
    request.setAttribute("again", "yes");
    switch (first ? String.valueOf(request.getPathInfo()) : "again") {
      case "/forward" -> request.getRequestDispatcher("/target").forward(request, response);
      case "/include" -> request.getRequestDispatcher("/target").include(request, response);
      case "/dispatch" -> request.startAsync().dispatch("/target");
      case "/complete" -> {
        AsyncContext context = request.startAsync();
        describe(request, response);
        context.complete();
      }
      case "/type" -> response.getOutputStream().print(request.getDispatcherType().name());
      case "/type/dispatch" -> {
        request.setAttribute("type", request.getDispatcherType().name());
        request.startAsync().dispatch("/target");
      }
      case "/timeout" -> request.startAsync().setTimeout(50);
      case "/own-timeout" -> {
        AsyncContext context = request.startAsync();
        response.getOutputStream().print(context.getTimeout() > 0 ? "some" : "none");
        context.complete();
      }
      case "/error" -> response.sendError(404);
      case "/limited" -> response.sendError(Container.ERROR_PAGE_STATUS);
      case "/redirect" -> response.sendRedirect("/target");
      case "/writer" -> {
        response.getWriter().print("written");
        response.getWriter().flush();
      }
      case "/reset" -> {
        response.getWriter().print("thrown away");
        response.reset();
        describe(request, response);
      }
      default -> describe(request, response);
    }
  }

  private static void describe(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String line =
        String.join(
            " ",
            request.getRequestURI(),
            request.getServletPath(),
            String.valueOf(request.getPathInfo()),
            String.valueOf(request.getQueryString()),
            String.valueOf(request.getParameter("q")),
            request.getMethod(),
            String.valueOf(request.getAttribute("type")),
            request.getDispatcherType().name());
    response.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
  }
}
