// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/**
 * Finds the end of a document type declaration: the first greater-than sign outside brackets,
 * quotes and comments.
 */
final class XmlDoctype {
  private static final String COMMENT = "<!--";

  private final EndMark commentEnd = new EndMark();
  private int brackets;
  private int quote; // the open quote, or 0
  private int matched; // matched bytes of a comment start
  private boolean inComment;

  /** Starts a declaration, after {@code <!}. */
  void start() {
    brackets = 0;
    quote = 0;
    matched = 0;
    inComment = false;
  }

  /** Returns whether this byte ends the declaration. */
  boolean isEndedBy(int c) {
    if (inComment) {
      inComment = !commentEnd.isCompletedBy(c);
      return false;
    }
    if (quote != 0) {
      quote = c == quote ? 0 : quote;
      return false;
    }
    matched = c == COMMENT.charAt(matched) ? matched + 1 : c == '<' ? 1 : 0;
    if (matched == COMMENT.length()) {
      inComment = true;
      matched = 0;
      commentEnd.start("-->");
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[') {
      brackets++;
    } else if (c == ']') {
      brackets--;
    }
    return c == '>' && brackets <= 0;
  }
}
