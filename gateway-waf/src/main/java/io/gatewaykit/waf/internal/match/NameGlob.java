// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.match;

import java.util.Arrays;

/**
 * A pattern for names of parameters, cookies and header fields. An asterisk matches any text.
 * Within brackets, {@code [*]} matches a single index or key, so {@code doc.blocks[*].html} does
 * not cover {@code doc.blocks[0].x[1].html}. A backslash makes a following asterisk or backslash
 * literal. Immutable and thread-safe.
 *
 * <p>Matching backtracks only to the last asterisk. A bracketed asterisk never backtracks, since
 * the next bracket ends it. The worst-case time is the product of the two lengths.
 */
public final class NameGlob {
  private static final int ANY = -1;
  private static final int ANY_IN_BRACKETS = -2;

  private final int[] tokens; // chars, or one of the above
  private final boolean ignoresCase;

  private NameGlob(int[] tokens, boolean ignoresCase) {
    this.tokens = tokens;
    this.ignoresCase = ignoresCase;
  }

  /**
   * Returns a compiled pattern.
   *
   * @param ignoreCase whether the case of ASCII letters is ignored
   */
  public static NameGlob of(String pattern, boolean ignoreCase) {
    int[] tokens = new int[pattern.length()];
    int count = 0;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (isEscape(pattern, i)) {
        tokens[count++] = pattern.charAt(++i);
      } else if (c != '*') {
        tokens[count++] = ignoreCase ? lower(c) : c;
      } else if (pattern.startsWith("[*]", i - 1)) {
        tokens[count++] = ANY_IN_BRACKETS;
      } else {
        tokens[count++] = ANY;
      }
    }
    return new NameGlob(Arrays.copyOf(tokens, count), ignoreCase);
  }

  private static boolean isEscape(String pattern, int i) {
    if (pattern.charAt(i) != '\\' || i + 1 == pattern.length()) {
      return false;
    }
    char next = pattern.charAt(i + 1);
    return next == '*' || next == '\\';
  }

  /** Returns a pattern that covers exactly this name. */
  public static String escape(String name) {
    return name.replace("\\", "\\\\").replace("*", "\\*");
  }

  /** Returns whether the pattern has no asterisks. */
  public boolean isLiteral() {
    return Arrays.stream(tokens).allMatch(token -> token >= 0);
  }

  /** Returns whether the pattern matches a name. */
  public boolean covers(String name) {
    int p = 0;
    int t = 0;
    int star = -1;
    int resume = 0;
    while (true) {
      if (p < tokens.length && tokens[p] == ANY) {
        star = p++;
        resume = t;
        continue;
      }
      if (p < tokens.length && tokens[p] == ANY_IN_BRACKETS) {
        int end = name.indexOf(']', t);
        if (end >= 0) {
          p++;
          t = end;
          continue;
        }
      } else if (t < name.length()) {
        if (p < tokens.length
            && tokens[p] == (ignoresCase ? lower(name.charAt(t)) : name.charAt(t))) {
          p++;
          t++;
          continue;
        }
      } else if (p == tokens.length) {
        return true;
      }
      if (star < 0 || resume >= name.length()) {
        return false;
      }
      p = star + 1;
      t = ++resume;
    }
  }

  private static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
  }
}
