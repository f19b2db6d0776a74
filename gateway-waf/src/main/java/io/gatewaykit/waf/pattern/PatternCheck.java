// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/** Checks that a pattern can be a member of a set. */
final class PatternCheck {
  private static final int MAX_CHARS = 16_384;
  private static final int MAX_DEPTH = 200;

  private PatternCheck() {}

  /** Checks a pattern; see {@link PatternSet#check}. */
  static void check(String regex) {
    if (regex.length() > MAX_CHARS) {
      throw new IllegalArgumentException(
          "regex: %s... with %d characters (expected: at most %d)"
              .formatted(regex.substring(0, 80), regex.length(), MAX_CHARS));
    }
    int depth = 0;
    // literal parentheses count as well; real patterns stay far below 200
    for (int i = 0; i < regex.length(); i++) {
      char c = regex.charAt(i);
      i += c == '\\' ? 1 : 0;
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (depth > MAX_DEPTH) {
        throw new IllegalArgumentException(
            "regex: %s (expected: at most %d nested groups; index %d)"
                .formatted(regex, MAX_DEPTH, i));
      }
    }
    try {
      Pattern.compile(regex, Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      int at = e.getPattern() == null ? -1 : regex.indexOf(e.getPattern());
      throw new IllegalArgumentException(
          "regex: %s (expected: an RE2 pattern; %s at index %d)"
              .formatted(regex, e.getDescription(), Math.max(at, 0)),
          e);
    }
  }
}
