// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.request.RequestTarget;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The path by which a container selects the servlet, and the other readings that an application may
 * use. Tomcat and Jetty resolve a path before the selection. Undertow does not, and does not decode
 * {@code %2F}; its default servlet and most frameworks resolve the remainder. Spring's path
 * patterns match the raw target: decoded and without path parameters, but with dot segments.
 * Policies must apply to all of these readings.
 */
final class ContainerPath {
  private ContainerPath() {}

  /** Returns the context path followed by {@code servletPath} and {@code pathInfo}. */
  static String of(HttpServletRequest request) {
    try {
      String context = request.getServletContext().getContextPath();
      String servlet = request.getServletPath();
      String info = request.getPathInfo();
      String own = info == null ? servlet : servlet.isEmpty() ? info : servlet + info;
      String path = context.isEmpty() ? own : context + own;
      return path.isEmpty() ? "/" : path;
    } catch (IllegalArgumentException e) {
      // Jetty, if its compliance mode admits an ambiguous target and hides it from servlets.
      return RequestTarget.normalizedPath(request.getRequestURI());
    }
  }

  /**
   * Returns the other readings of a path.
   *
   * @param uri the path of the target as sent
   * @param path the result of {@link #of}
   */
  static List<String> alternatives(String uri, String path) {
    if (isPlain(uri)) {
      return List.of(); // the common case
    }
    var readings = new LinkedHashSet<String>();
    readings.add(resolved(path));
    readings.add(resolved(withSlashes(path)));
    String decoded = decoded(withoutParameters(uri));
    readings.add(decoded.replaceAll("/{2,}", "/"));
    readings.add(resolved(decoded));
    readings.remove(path);
    return List.copyOf(readings);
  }

  /**
   * Returns whether all servers and frameworks read the path in the same way. Does not allocate.
   */
  private static boolean isPlain(String uri) {
    char before = 0;
    for (int i = 0; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c == '%' || c == ';' || c == '\\' || before == '/' && (c == '/' || c == '.')) {
        return false;
      }
      before = c;
    }
    return true;
  }

  private static String withSlashes(String path) {
    return path.replaceAll("(?i)%2f|%5c", "/");
  }

  private static String withoutParameters(String uri) {
    return uri.replaceAll(";[^/]*", "");
  }

  private static String decoded(String uri) {
    try {
      return URLDecoder.decode(uri.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return uri; // an incomplete escape
    }
  }

  /**
   * Returns a path without dot segments and empty segments, in which a backslash counts as a slash.
   */
  private static String resolved(String path) {
    var segments = new ArrayDeque<String>();
    boolean directory = false;
    for (String segment : path.replace('\\', '/').split("/", -1)) {
      directory = segment.isEmpty() || segment.equals(".") || segment.equals("..");
      if (segment.equals("..")) {
        segments.pollLast();
      } else if (!directory) {
        segments.addLast(segment);
      }
    }
    String joined = "/" + String.join("/", segments);
    return directory && joined.length() > 1 ? joined + "/" : joined;
  }
}
