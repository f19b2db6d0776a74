// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import java.util.ArrayList;

/**
 * Resolves {@code .} and {@code ..} segments (RFC 3986 §5.2.4), also where their dots are encoded.
 */
final class DotSegments {
  private DotSegments() {}

  /** Returns whether the segment that starts at the index is one or two dots. */
  static boolean isDots(String path, int from) {
    int to = from;
    while (to < path.length() && path.charAt(to) == '.') {
      to++;
    }
    return to - from <= 2 && to > from && (to == path.length() || path.charAt(to) == '/');
  }

  /**
   * Returns the path without dot segments, never above its root.
   *
   * @param merge whether empty segments are removed first, so that {@code ..} never removes one
   */
  static String removed(String path, boolean merge) {
    if (!needsRemoval(path, merge)) {
      return path;
    }
    var segments = new ArrayList<String>();
    boolean directory = false;
    int from = 1;
    while (from <= path.length()) {
      int slash = path.indexOf('/', from);
      int to = slash < 0 ? path.length() : slash;
      String segment = path.substring(from, to);
      int dots = dots(segment);
      if (dots == 2 && !segments.isEmpty()) {
        segments.remove(segments.size() - 1);
      }
      boolean dropped = dots > 0 || merge && segment.isEmpty();
      if (!dropped) {
        segments.add(segment);
      }
      directory = dropped;
      from = to + 1;
    }
    if (segments.isEmpty()) {
      return "/";
    }
    return "/" + String.join("/", segments) + (directory ? "/" : "");
  }

  /** Returns false only if the path has neither dot segments nor, if merged, empty segments. */
  private static boolean needsRemoval(String path, boolean merge) {
    if (path.isEmpty() || path.charAt(0) != '/') {
      return true;
    }
    for (int i = 1; i < path.length(); i++) {
      if (path.charAt(i - 1) == '/') {
        char c = path.charAt(i);
        if (c == '.' || merge && c == '/' || path.regionMatches(true, i, "%2e", 0, 3)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Returns the number of dots of a dot segment, 1 or 2; 0 for any other segment. */
  private static int dots(String segment) {
    int dots = 0;
    for (int i = 0; i < segment.length(); i++) {
      if (segment.charAt(i) == '.') {
        dots++;
      } else if (segment.regionMatches(true, i, "%2e", 0, 3)) {
        dots++;
        i += 2;
      } else {
        return 0;
      }
    }
    return dots <= 2 ? dots : 0;
  }
}
