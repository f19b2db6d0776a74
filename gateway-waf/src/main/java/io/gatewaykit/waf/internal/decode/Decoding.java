// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.decode;

import io.gatewaykit.waf.rule.Transformation;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** Decoders over texts in which each char holds one byte. All take linear time. */
public final class Decoding {
  private static final char NO_BREAK_SPACE = 0xA0;

  private Decoding() {}

  /** Returns a text after one transformation; the same object if it is unchanged. */
  public static String apply(Transformation step, String text) {
    return switch (step) {
      case URL_DECODE -> percentRepeated(text);
      case HTML_DECODE -> html(text);
      case JS_DECODE -> js(text);
      case FOLD -> fold(text);
      case REMOVE_NULLS -> text.indexOf(0) < 0 ? text : text.replace("\0", "");
      case LOWERCASE -> lowercase(text);
      case COMPRESS_WHITESPACE -> compressWhitespace(text);
      case SQL_COMMENTS -> sqlComments(text);
      case SHELL_UNQUOTE -> shellUnquote(text);
      case CSS_DECODE -> Escapes.css(text);
      case ESCAPE_DECODE -> Escapes.c(text);
      case NORMALIZE_PATH -> Paths.normalized(text);
      case BASE64_DECODE -> base64(text);
    };
  }

  /** Returns a text in which each char holds one of the bytes. */
  public static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static String percentRepeated(String text) {
    String current = text;
    for (int i = 0; i < 3; i++) {
      String next = percent(current, false);
      if (next.equals(current)) {
        return next;
      }
      current = next;
    }
    return current;
  }

  /** Decodes percent-encoding once, including {@code %u}, and optionally plus signs as spaces. */
  public static String percent(String s, boolean plus) {
    if (s.indexOf('%') < 0 && !(plus && s.indexOf('+') >= 0)) {
      return s;
    }
    StringBuilder out = new StringBuilder(s.length());
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c == '+' && plus) {
        out.append(' ');
      } else if (c == '%' && hex(s, i + 1, 2) >= 0) {
        out.append((char) hex(s, i + 1, 2));
        i += 2;
      } else if (c == '%'
          && i + 1 < s.length()
          && (s.charAt(i + 1) | 0x20) == 'u'
          && hex(s, i + 2, 4) >= 0) {
        utf8(out, hex(s, i + 2, 4));
        i += 5;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** Decodes HTML character references. */
  public static String html(String s) {
    if (s.indexOf('&') < 0) {
      return s;
    }
    StringBuilder out = new StringBuilder(s.length());
    for (int i = 0; i < s.length(); i++) {
      int used = s.charAt(i) == '&' ? reference(s, i, out) : 0;
      if (used == 0) {
        out.append(s.charAt(i));
      } else {
        i += used - 1;
      }
    }
    return out.toString();
  }

  private static int reference(String s, int at, StringBuilder out) {
    int i = at + 1;
    if (i < s.length() && s.charAt(i) == '#') {
      i++;
      boolean hex = i < s.length() && (s.charAt(i) | 0x20) == 'x';
      i += hex ? 1 : 0;
      int start = i;
      int value = 0;
      while (i < s.length() && Character.digit(s.charAt(i), hex ? 16 : 10) >= 0) {
        value = Math.min(0x110000, value * (hex ? 16 : 10) + Character.digit(s.charAt(i), 16));
        i++;
      }
      if (i == start || value > 0x10FFFF) {
        return 0;
      }
      utf8(out, value);
      return i - at + (i < s.length() && s.charAt(i) == ';' ? 1 : 0);
    }
    String[] names = {
      "lt;",
      "<",
      "gt;",
      ">",
      "quot;",
      "\"",
      "apos;",
      "'",
      "amp;",
      "&",
      "colon;",
      ":",
      "lpar;",
      "(",
      "rpar;",
      ")",
      "tab;",
      "\t",
      "newline;",
      "\n",
      "nbsp;",
      " "
    };
    for (int n = 0; n < names.length; n += 2) {
      if (s.regionMatches(true, i, names[n], 0, names[n].length())) {
        out.append(names[n + 1]);
        return 1 + names[n].length();
      }
    }
    return 0;
  }

  static String js(String s) {
    if (s.indexOf('\\') < 0) {
      return s;
    }
    StringBuilder out = new StringBuilder(s.length());
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      char next = c == '\\' && i + 1 < s.length() ? (char) (s.charAt(i + 1) | 0x20) : 0;
      if (next == 'x' && hex(s, i + 2, 2) >= 0) {
        out.append((char) hex(s, i + 2, 2));
        i += 3;
      } else if (next == 'u' && hex(s, i + 2, 4) >= 0) {
        utf8(out, hex(s, i + 2, 4));
        i += 5;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** Returns whether a byte is the Latin-1 no-break space, which databases treat as a space. */
  private static boolean isLoneSpace(String s, int at) {
    return s.charAt(at) == NO_BREAK_SPACE && (at == 0 || s.charAt(at - 1) < 0x80);
  }

  static String fold(String s) {
    boolean plain = true;
    for (int i = 0; i < s.length() && plain; i++) {
      char c = s.charAt(i);
      plain = c != 0xC0 && c != 0xC1 && c != 0xC2 && c != 0xEF && !isLoneSpace(s, i);
    }
    if (plain) {
      return s;
    }
    StringBuilder out = new StringBuilder(s.length());
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      int a = i + 1 < s.length() ? s.charAt(i + 1) : 0;
      int b = i + 2 < s.length() ? s.charAt(i + 2) : 0;
      if ((c == 0xC0 || c == 0xC1) && a != 0) {
        out.append((char) (((c & 1) << 6) | (a & 0x3F) | (a < 0x80 ? a & 0x40 : 0)));
        i++;
      } else if (c == 0xC2 && a == NO_BREAK_SPACE) {
        out.append(' ');
        i++;
      } else if (isLoneSpace(s, i)) {
        out.append(' ');
      } else if (c == 0xEF && (a == 0xBC || a == 0xBD) && (b & 0xC0) == 0x80) {
        int point = ((a & 0x3F) << 6) | (b & 0x3F) | 0xF000;
        utf8(out, point > 0xFF00 && point < 0xFF5F ? point - 0xFEE0 : point);
        i += 2;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** Converts ASCII letters to lower case. */
  public static String lowercase(String s) {
    for (int i = 0; i < s.length(); i++) {
      if (s.charAt(i) >= 'A' && s.charAt(i) <= 'Z') {
        char[] out = s.toCharArray();
        for (int k = i; k < out.length; k++) {
          if (out[k] >= 'A' && out[k] <= 'Z') {
            out[k] = (char) (out[k] + 32);
          }
        }
        return new String(out);
      }
    }
    return s;
  }

  static String compressWhitespace(String s) {
    boolean plain = true;
    for (int i = 0; i < s.length() && plain; i++) {
      char c = s.charAt(i);
      plain = (c != ' ' || i == 0 || s.charAt(i - 1) != ' ') && (c < 9 || c > 13);
    }
    if (plain) {
      return s;
    }
    StringBuilder out = new StringBuilder(s.length());
    boolean space = false;
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      boolean white = c == ' ' || (c >= 9 && c <= 13);
      if (!white) {
        out.append(c);
      } else if (!space) {
        out.append(' ');
      }
      space = white;
    }
    return out.toString();
  }

  static String sqlComments(String s) {
    if (!s.contains("/*") && s.chars().noneMatch(Decoding::isSqlControl)) {
      return s;
    }
    StringBuilder out = new StringBuilder(s.length());
    int i = 0;
    while (i < s.length()) {
      if (isSqlControl(s.charAt(i))) {
        i++;
        out.append(' ');
      } else if (s.startsWith("/*!", i)) {
        i += 3;
        while (i < s.length() && Character.isDigit(s.charAt(i))) {
          i++;
        }
        out.append(' ');
      } else if (s.startsWith("/*", i)) {
        int end = s.indexOf("*/", i + 2);
        i = end < 0 ? s.length() : end + 2;
        out.append(' ');
      } else if (s.startsWith("*/", i)) {
        i += 2;
        out.append(' ');
      } else {
        out.append(s.charAt(i++));
      }
    }
    return out.toString();
  }

  /** Returns whether a byte is a control character that only SQL Server treats as white space. */
  private static boolean isSqlControl(int c) {
    return c > 0 && c < ' ' && (c < '\t' || c > '\r');
  }

  static String shellUnquote(String s) {
    boolean plain = s.indexOf('$') < 0;
    for (int i = 0; i < s.length() && plain; i++) {
      plain = !isShellQuote(s.charAt(i));
    }
    if (plain) {
      return s;
    }
    String ifs = s.replace("${ifs}", " ").replace("$ifs$9", " ").replace("$ifs", " ");
    StringBuilder out = new StringBuilder(ifs.length());
    for (int i = 0; i < ifs.length(); i++) {
      char c = ifs.charAt(i);
      if (!isShellQuote(c)) {
        out.append(c);
      }
    }
    return out.toString();
  }

  /**
   * Decodes a text that consists entirely of base64 or base64url, apart from white space and
   * padding.
   */
  static String base64(String s) {
    byte[] packed = new byte[s.length()];
    int length = 0;
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      boolean letter = c < 128 && (Character.isLetterOrDigit(c) || "+/-_".indexOf(c) >= 0);
      boolean skipped = c == '=' || (c >= '\t' && c <= '\r') || c == ' ';
      if (!letter && !skipped) {
        return s;
      }
      if (letter) {
        packed[length++] = (byte) (c == '-' ? '+' : c == '_' ? '/' : c);
      }
    }
    if (length < 4 || length % 4 == 1) {
      return s;
    }
    return latin1(Base64.getDecoder().decode(Arrays.copyOf(packed, length)));
  }

  private static boolean isShellQuote(char c) {
    return c == '\\' || c == '^' || c == '\'' || c == '"';
  }

  /** Appends a code point as UTF-8, one byte in each char. */
  public static void utf8(StringBuilder out, int point) {
    if (point < 0x80) {
      out.append((char) point);
    } else if (point < 0x800) {
      out.append((char) (0xC0 | point >> 6)).append((char) (0x80 | (point & 0x3F)));
    } else if (point < 0x10000) {
      out.append((char) (0xE0 | point >> 12))
          .append((char) (0x80 | (point >> 6 & 0x3F)))
          .append((char) (0x80 | (point & 0x3F)));
    } else {
      out.append((char) (0xF0 | point >> 18))
          .append((char) (0x80 | (point >> 12 & 0x3F)))
          .append((char) (0x80 | (point >> 6 & 0x3F)))
          .append((char) (0x80 | (point & 0x3F)));
    }
  }

  /**
   * Returns the value of {@code digits} hexadecimal digits at an index, or -1 if they are not
   * digits.
   */
  public static int hex(String s, int at, int digits) {
    if (at + digits > s.length()) {
      return -1;
    }
    int value = 0;
    for (int i = at; i < at + digits; i++) {
      int digit = s.charAt(i) < 128 ? Character.digit(s.charAt(i), 16) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }
}
