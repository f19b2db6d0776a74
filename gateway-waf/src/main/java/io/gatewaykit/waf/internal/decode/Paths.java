// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.decode;

import java.util.ArrayList;
import java.util.List;

/** Normalises paths as servers do. */
final class Paths {
  private Paths() {}

  /**
   * Replaces backslashes by slashes, and removes empty and single-dot segments, parameters after a
   * semicolon, and segments that a double dot cancels. Double dots that lead out of the path
   * remain.
   */
  static String normalized(String path) {
    if (path.indexOf('/') < 0 && path.indexOf('\\') < 0) {
      return path;
    }
    String s = path.replace('\\', '/');
    List<String> segments = new ArrayList<>();
    int at = 0;
    while (at <= s.length()) {
      int slash = s.indexOf('/', at);
      int end = slash < 0 ? s.length() : slash;
      String segment = s.substring(at, end);
      int semicolon = segment.indexOf(';');
      segment = semicolon < 0 ? segment : segment.substring(0, semicolon);
      int last = segments.size() - 1;
      if (segment.equals("..") && last >= 0 && !segments.get(last).equals("..")) {
        segments.remove(last);
      } else if (!segment.isEmpty() && !segment.equals(".")) {
        segments.add(segment);
      }
      at = end + 1;
    }
    boolean open = s.endsWith("/") && !segments.isEmpty();
    return (s.startsWith("/") ? "/" : "") + String.join("/", segments) + (open ? "/" : "");
  }
}
