// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/** Numbers and literal names of JSON (RFC 8259). */
final class JsonLiterals {
  private static final boolean[] PARTS = new boolean[256];

  static {
    for (char c : "+-.0123456789abcdefghijklmnopqrstuvwxyzE".toCharArray()) {
      PARTS[c] = true;
    }
  }

  private JsonLiterals() {}

  /** Returns whether a byte can occur in a number or literal name. */
  static boolean isPart(byte b) {
    return PARTS[b & 0xFF];
  }

  /** Returns whether a text is a number, true, false or null. */
  static boolean isLiteral(String text) {
    return text.equals("true") || text.equals("false") || text.equals("null") || isNumber(text);
  }

  private static boolean isNumber(String text) {
    int i = text.startsWith("-") ? 1 : 0;
    int whole = digits(text, i);
    if (whole == i || (text.charAt(i) == '0' && whole > i + 1)) {
      return false;
    }
    i = whole;
    if (i < text.length() && text.charAt(i) == '.') {
      int end = digits(text, i + 1);
      if (end == i + 1) {
        return false;
      }
      i = end;
    }
    if (i < text.length() && (text.charAt(i) | 0x20) == 'e') {
      i++;
      i += i < text.length() && (text.charAt(i) == '+' || text.charAt(i) == '-') ? 1 : 0;
      int end = digits(text, i);
      if (end == i) {
        return false;
      }
      i = end;
    }
    return i == text.length();
  }

  private static int digits(String text, int from) {
    int i = from;
    while (i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
      i++;
    }
    return i;
  }
}
