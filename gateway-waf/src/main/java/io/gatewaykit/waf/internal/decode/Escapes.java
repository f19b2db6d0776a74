package io.gatewaykit.waf.internal.decode;

/** Undoes backslash escapes of CSS and of C, over texts that hold one byte in each char. */
final class Escapes {
  private static final int MOST_CSS_DIGITS = 6;

  private Escapes() {}

  /** CSS Syntax 3, §4.3.7: up to six digits and one white space, or the character itself. */
  static String css(String s) {
    if (s.indexOf('\\') < 0) {
      return s;
    }
    StringBuilder out = new StringBuilder(s.length());
    int i = 0;
    while (i < s.length()) {
      char c = s.charAt(i++);
      if (c != '\\' || i == s.length()) {
        out.append(c);
        continue;
      }
      int digits = 0;
      while (digits < MOST_CSS_DIGITS && Decoding.hex(s, i + digits, 1) >= 0) {
        digits++;
      }
      if (digits > 0) {
        int point = Decoding.hex(s, i, digits);
        boolean none = point == 0 || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000);
        Decoding.utf8(out, none ? 0xFFFD : point);
        i += digits;
        if (s.startsWith("\r\n", i)) {
          i += 2;
        } else if (i < s.length() && isWhite(s.charAt(i))) {
          i++;
        }
      } else if (s.charAt(i) == '\n' || s.charAt(i) == '\f' || s.charAt(i) == '\r') {
        i += s.startsWith("\r\n", i) ? 2 : 1; // a line that goes on
      } else {
        out.append(s.charAt(i++));
      }
    }
    return out.toString();
  }

  private static boolean isWhite(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
  }

  /** C11, §6.4.4.4; an unknown escape is the character itself, as in a shell. */
  static String c(String s) {
    if (s.indexOf('\\') < 0) {
      return s;
    }
    StringBuilder out = new StringBuilder(s.length());
    int i = 0;
    while (i < s.length()) {
      char c = s.charAt(i++);
      if (c != '\\' || i == s.length()) {
        out.append(c);
        continue;
      }
      char e = s.charAt(i++);
      int named = "abfnrtv".indexOf(e);
      if (named >= 0) {
        out.append("\u0007\b\f\n\r\t\u000b".charAt(named));
      } else if (e >= '0' && e <= '7') {
        int value = e - '0';
        for (int k = 0; k < 2 && i < s.length() && s.charAt(i) >= '0' && s.charAt(i) <= '7'; k++) {
          value = value * 8 + s.charAt(i++) - '0';
        }
        out.append((char) (value & 0xFF));
      } else if ((e == 'x' || e == 'X') && Decoding.hex(s, i, 1) >= 0) {
        int digits = Decoding.hex(s, i, 2) >= 0 ? 2 : 1;
        out.append((char) Decoding.hex(s, i, digits));
        i += digits;
      } else if ((e == 'u' || e == 'U') && Decoding.hex(s, i, 4) >= 0) {
        Decoding.utf8(out, Decoding.hex(s, i, 4));
        i += 4;
      } else {
        out.append(e);
      }
    }
    return out.toString();
  }
}
