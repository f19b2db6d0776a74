// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.decode;

import java.util.Set;

/**
 * Recognises natural-language text about code. Works on texts in which each char holds one byte, in
 * linear time.
 */
public final class Prose {
  /** Number of consecutive words that form a sentence. */
  private static final int SENTENCE_WORDS = 4;

  /** Number of consecutive words next to quoted code that indicate prose about it. */
  private static final int TALK_WORDS = 2;

  /**
   * Number of consecutive non-ASCII bytes that count as a word: two Chinese or Japanese characters.
   */
  private static final int WORD_BYTES = 6;

  /** SQL keywords, which are consecutive in attacks as well. */
  private static final Set<String> SQL_WORDS =
      Set.of(
          "union",
          "select",
          "from",
          "where",
          "null",
          "having",
          "group",
          "order",
          "by",
          "values",
          "insert",
          "into",
          "update",
          "set",
          "delete",
          "drop",
          "exec",
          "dual",
          "limit",
          "sleep",
          "create",
          "table",
          "user",
          "users",
          "identified",
          "declare",
          "begin",
          "varchar",
          "id",
          "name",
          "distinct",
          "cast",
          "all",
          "database",
          "password",
          "label",
          "char",
          "end");

  private static final String FENCE = "```";

  private Prose() {}

  /**
   * Returns a text without code quoted in Markdown: fenced blocks, and spans between back quotes
   * that are surrounded by words. Returns the same object if nothing is removed.
   */
  public static String withoutCode(String text) {
    int open = text.indexOf('`');
    if (open < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    int copied = 0;
    boolean fenced = false;
    while (open >= 0) {
      boolean fence = text.startsWith(FENCE, open);
      int marks = fence ? FENCE.length() : text.startsWith("``", open) ? 2 : 1;
      int close = text.indexOf("`".repeat(marks), open + marks);
      if (close < 0) {
        break;
      }
      int end = close + marks;
      if (fence || (isBoundary(text, open - 1) && isBoundary(text, end))) {
        out.append(text, copied, open).append('`');
        copied = end;
        fenced |= fence;
      }
      open = text.indexOf('`', end);
    }
    if (copied == 0) {
      return text;
    }
    String outside = out.append(text, copied, text.length()).toString();
    return fenced || hasWords(outside, TALK_WORDS) ? outside : text;
  }

  /**
   * Returns whether a span may start or end next to this char: white space, punctuation or the end
   * of the text.
   */
  private static boolean isBoundary(String text, int at) {
    if (at < 0 || at >= text.length()) {
      return true;
    }
    char c = text.charAt(at);
    return c <= ' ' || c >= 0x80 || "()[]{}.,:!?\"'*_-/|<>".indexOf(c) >= 0;
  }

  /** Returns whether a text contains a sentence, which is at least four consecutive words. */
  public static boolean hasSentence(String text) {
    return hasWords(text, SENTENCE_WORDS);
  }

  private static boolean hasWords(String text, int number) {
    int words = 0;
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : ' ';
      if (!isLetter(c)) {
        boolean ends = c == ' ' || c == '\n' || endsWord(text, i);
        words = ends && i > start ? words + worth(text, start, i) : ends ? words : 0;
        if (words >= number) {
          return true;
        }
        if (i > start && isSqlWord(text, start, i)) {
          words = 0;
        }
        start = i + 1;
      }
    }
    return false;
  }

  private static boolean isLetter(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' || c >= 0x80;
  }

  /**
   * Returns the number of words in a run of letters without spaces: one, or more in some scripts.
   */
  private static int worth(String text, int start, int end) {
    if (isSqlWord(text, start, end)) {
      return 0;
    }
    int foreign = 0;
    for (int i = start; i < end; i++) {
      foreign += text.charAt(i) >= 0x80 ? 1 : 0;
    }
    return Math.max(1, foreign / WORD_BYTES);
  }

  private static boolean isSqlWord(String text, int start, int end) {
    return SQL_WORDS.contains(Decoding.lowercase(text.substring(start, end)));
  }

  /** Returns whether punctuation and a space follow a word. */
  private static boolean endsWord(String text, int at) {
    return ",.:!?'".indexOf(text.charAt(at)) >= 0
        && (at + 1 == text.length() || text.charAt(at + 1) == ' ' || text.charAt(at) == '\'');
  }
}
