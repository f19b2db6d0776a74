// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.decode;

/** Decodes backslash escapes of CSS and C, over texts in which each char holds one byte. */
final class Escapes {
  private static final int MAX_CSS_DIGITS = 6;

  private Escapes() {}

  /** An escape syntax. */
  @FunctionalInterface
  private interface Escape {
    /**
     * Decodes one escape after its backslash and appends the result. Returns the index after the
     * escape.
     */
    int undo(String s, int at, StringBuilder out);
  }

  /**
   * Decodes escapes of CSS Syntax 3, §4.3.7: up to six digits and one white space, or the character
   * itself.
   */
  static String css(String s) {
    return undone(s, Escapes::cssEscape);
  }

  /**
   * Decodes escapes of C11, §6.4.4.4. An unknown escape denotes the character itself, as in a
   * shell.
   */
  static String c(String s) {
    return undone(s, Escapes::cEscape);
  }

  private static String undone(String s, Escape escape) {
    if (s.indexOf('\\') < 0) {
      return s;
    }
    StringBuilder out = new StringBuilder(s.length());
    int i = 0;
    while (i < s.length()) {
      char c = s.charAt(i++);
      if (c == '\\' && i < s.length()) {
        i = escape.undo(s, i, out);
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static int cssEscape(String s, int at, StringBuilder out) {
    int digits = 0;
    while (digits < MAX_CSS_DIGITS && Decoding.hex(s, at + digits, 1) >= 0) {
      digits++;
    }
    int end = at + digits;
    if (digits > 0) {
      int point = Decoding.hex(s, at, digits);
      boolean none = point == 0 || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000);
      Decoding.utf8(out, none ? 0xFFFD : point);
      boolean blank = end < s.length() && (s.charAt(end) == ' ' || s.charAt(end) == '\t');
      return blank ? end + 1 : behindLineEnd(s, end);
    }
    end = behindLineEnd(s, at); // line continuation
    if (end == at) {
      out.append(s.charAt(end++));
    }
    return end;
  }

  private static int behindLineEnd(String s, int at) {
    if (s.startsWith("\r\n", at)) {
      return at + 2;
    }
    return at < s.length() && "\r\n\f".indexOf(s.charAt(at)) >= 0 ? at + 1 : at;
  }

  private static int cEscape(String s, int at, StringBuilder out) {
    char e = s.charAt(at);
    int i = at + 1;
    int named = "abfnrtv".indexOf(e);
    if (named >= 0) {
      out.append("\u0007\b\f\n\r\t\u000b".charAt(named));
    } else if (isOctal(e)) {
      int value = e - '0';
      for (int k = 0; k < 2 && i < s.length() && isOctal(s.charAt(i)); k++) {
        value = value * 8 + s.charAt(i++) - '0';
      }
      out.append((char) (value & 0xFF));
    } else if ((e | 0x20) == 'x' && Decoding.hex(s, i, 1) >= 0) {
      int digits = Decoding.hex(s, i, 2) >= 0 ? 2 : 1;
      out.append((char) Decoding.hex(s, i, digits));
      i += digits;
    } else if ((e | 0x20) == 'u' && Decoding.hex(s, i, 4) >= 0) {
      Decoding.utf8(out, Decoding.hex(s, i, 4));
      i += 4;
    } else {
      out.append(e);
    }
    return i;
  }

  private static boolean isOctal(char c) {
    return c >= '0' && c <= '7';
  }
}
