// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.match;

import io.gatewaykit.api.request.RequestTarget;
import io.gatewaykit.api.route.PathMatcher;

/** The paths of exclusions. */
public final class PathPattern {
  private PathPattern() {}

  /**
   * Returns a matcher: of a prefix by segments if the path has no asterisk, otherwise of a pattern.
   *
   * @throws IllegalArgumentException if it is not a path
   */
  public static PathMatcher matcher(String path) {
    return path.indexOf('*') < 0 ? PathMatcher.prefix(path) : PathMatcher.pattern(path);
  }

  /** Returns whether any normalised path of a request can match. */
  public static boolean canMatch(String path) {
    String sample = RequestTarget.decode(path.replace("**", "x").replace('*', 'x'));
    // %3F does not start a query
    boolean hasQuery = path.indexOf('?') >= 0 || path.indexOf('#') >= 0;
    return !hasQuery && sample.equals(RequestTarget.normalizedPath(literal(sample)));
  }

  /** Returns a path as a pattern without special characters. */
  public static String literal(String path) {
    return path.replace("%", "%25").replace("*", "%2A").replace("?", "%3F").replace("#", "%23");
  }
}
