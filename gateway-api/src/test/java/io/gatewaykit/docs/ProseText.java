// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.docs;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The prose of a source file or page, in which everything else is blank: code, names, markup and
 * quotations. Its length is that of the file, so that an offset yields the line.
 */
final class ProseText {
  private static final Pattern JAVA =
      Pattern.compile(
          "\"\"\"(?:\\\\.|[^\\\\])*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])+'"
              + "|(?<comment>/\\*.*?\\*/|//[^\\n]*)",
          Pattern.DOTALL);
  private static final Pattern MARGIN = Pattern.compile("(?m)^\\s*(?:/?\\*+/?|//)|\\*/|\\s//|^//");
  private static final Pattern JAVA_CODE =
      Pattern.compile(
          "\\{@(?:code|link|linkplain|value|snippet|literal)\\b[^}]*\\}|<pre>.*?</pre>|<[^>]*>"
              + "|@(?:param|throws)\\s+\\S+|@\\w+",
          Pattern.DOTALL);
  private static final Pattern PAGE_CODE =
      Pattern.compile("(?m)^\\s*```.*?^\\s*```|`[^`]*`|\\]\\([^)\\s]*\\)", Pattern.DOTALL);
  private static final Pattern QUOTATION = Pattern.compile("\"[^\"\\n]{1,200}\"|“[^”]*”");

  private ProseText() {}

  /** Returns the comments of a Java file. */
  static String ofJava(String source) {
    var comments = new StringBuilder(blank(source));
    Matcher matcher = JAVA.matcher(source);
    while (matcher.find()) {
      String comment = matcher.group("comment");
      if (comment != null) {
        comments.replace(matcher.start(), matcher.end(), comment);
      }
    }
    return erase(erase(erase(comments.toString(), MARGIN), JAVA_CODE), QUOTATION);
  }

  /** Returns the text of a Markdown page. */
  static String ofPage(String page) {
    return erase(erase(page, PAGE_CODE), QUOTATION);
  }

  private static String erase(String text, Pattern pattern) {
    return pattern.matcher(text).replaceAll(match -> blank(match.group()));
  }

  /** Keeps the line breaks. A letter becomes a mark, so that words do not join over a name. */
  private static String blank(String text) {
    return text.replaceAll("[\\w$]", "\u00b7").replaceAll("[^\\s\u00b7]", " ");
  }
}
