// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.index;

import io.gatewaykit.waf.rule.Transformation;

/**
 * The classes of bytes that occur in a text, as bits, and the classes that each transformation
 * requires to have an effect. Most values have none of the latter, so most transformations are
 * skipped.
 */
public final class CharTraits {
  public static final int UPPER = 1;

  /** The replacement that the JDK writes for a char that is not a single byte. */
  public static final int QUESTION_MARK = 1 << 1;

  private static final int PERCENT = 1 << 2;
  private static final int AMPERSAND = 1 << 3;
  private static final int BACKSLASH = 1 << 4;
  private static final int BEYOND_ASCII = 1 << 5;
  private static final int NUL = 1 << 6;
  private static final int STAR = 1 << 7;
  private static final int SHELL_SIGN = 1 << 8;
  private static final int SPACE = 1 << 9;
  private static final int WHITE = 1 << 10; // a space after another space, or other white space
  private static final int ANYTHING = 1 << 11; // always set
  private static final int SLASH = 1 << 12;
  private static final int CONTROL = 1 << 13; // control characters other than NUL and white space

  private static final short[] OF_BYTE = ofBytes();

  private CharTraits() {}

  private static short[] ofBytes() {
    short[] traits = new short[256];
    for (int i = 0; i < 256; i++) {
      int t = i >= 0x80 ? BEYOND_ASCII : 0;
      t |= i >= 'A' && i <= 'Z' ? UPPER : 0;
      t |= i >= '\t' && i <= '\r' ? WHITE : 0;
      t |= i > 0 && i < ' ' && (t & WHITE) == 0 ? CONTROL : 0;
      t |= "\\^'\"$".indexOf(i) >= 0 ? SHELL_SIGN : 0;
      t |=
          switch (i) {
            case '?' -> QUESTION_MARK;
            case '%' -> PERCENT;
            case '&' -> AMPERSAND;
            case '\\' -> BACKSLASH;
            case 0 -> NUL;
            case '*' -> STAR;
            case '/' -> SLASH;
            case ' ' -> SPACE;
            default -> 0;
          };
      traits[i] = (short) t;
    }
    return traits;
  }

  /** Returns the traits of a text. */
  public static int of(byte[] text) {
    int traits = ANYTHING;
    int before = 0;
    for (byte b : text) {
      int t = OF_BYTE[b & 0xFF];
      traits |= t | (t & before & SPACE) << 1; // two consecutive spaces are WHITE
      before = t;
    }
    return traits;
  }

  /** Returns the traits of which a text needs at least one for a transformation to change it. */
  public static int triggersOf(Transformation step) {
    return switch (step) {
      case URL_DECODE -> PERCENT;
      case HTML_DECODE -> AMPERSAND;
      case JS_DECODE -> BACKSLASH;
      case FOLD -> BEYOND_ASCII;
      case REMOVE_NULLS -> NUL;
      case LOWERCASE -> UPPER;
      case COMPRESS_WHITESPACE -> WHITE;
      case SQL_COMMENTS -> STAR | CONTROL;
      case SHELL_UNQUOTE -> SHELL_SIGN;
      case CSS_DECODE, ESCAPE_DECODE -> BACKSLASH;
      case NORMALIZE_PATH -> SLASH | BACKSLASH;
      case BASE64_DECODE -> ANYTHING;
    };
  }
}
