// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The encoding in the declaration of an XML document. */
final class XmlDeclaration {
  private static final Pattern ENCODING = Pattern.compile("encoding\\s*=\\s*[\"']([^\"']*)");

  /** ASCII-compatible charsets, and UTF-16, which is detected by its bytes. */
  private static final Pattern INSPECTABLE =
      Pattern.compile(
          "(?:utf-?8|utf-?16(?:le|be)?|us-ascii|ascii|iso[-_]?8859-\\d{1,2}|latin-?\\d"
              + "|windows-\\d{3,4}|cp125\\d|gb2312|gbk|gb18030|big5(?:-hkscs)?|shift[-_]jis"
              + "|koi8-[ru]|euc-(?:kr|jp))",
          Pattern.CASE_INSENSITIVE);

  private XmlDeclaration() {}

  /** Returns whether an instruction declares an encoding that hides text from inspection. */
  static boolean hidesText(String instruction) {
    if (!instruction.regionMatches(true, 0, "xml", 0, 3)) {
      return false;
    }
    Matcher encoding = ENCODING.matcher(instruction);
    while (encoding.find()) {
      if (!INSPECTABLE.matcher(encoding.group(1).strip()).matches()) {
        return true;
      }
    }
    return false;
  }
}
