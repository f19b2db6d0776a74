package io.gatewaykit.waf.pattern;

/** Bytes as the prefilter sees them: upper and lower case are one, and so are all beyond ASCII. */
final class FoldedByte {
  /** What stands for all bytes beyond ASCII, and for DEL. */
  static final int BEYOND = 0x7F;

  private static final String COMMON = "etaoinsrhldcumpfgwybvkxjqz";

  private FoldedByte() {}

  /** Returns the folded byte of a byte, 0 to 127. */
  static int fold(int value) {
    return value >= 'A' && value <= 'Z' ? value + 32 : Math.min(value & 0xFF, BEYOND);
  }

  /** Returns about how often a folded byte occurs in ordinary text. */
  static double frequency(int folded) {
    if (folded >= 'a' && folded <= 'z') {
      return 0.09 / (1 + 0.3 * COMMON.indexOf(folded));
    }
    if (folded == ' ' || folded == BEYOND) {
      return 0.1;
    }
    if (folded >= '0' && folded <= '9') {
      return 0.02;
    }
    return "/.-=;,_:&\"".indexOf(folded) >= 0 ? 0.015 : 0.003;
  }

  /** Returns about how often ordinary text has this folded text at an index. */
  static double frequency(String text) {
    double product = 1;
    for (int i = 0; i < text.length(); i++) {
      product *= frequency(text.charAt(i));
    }
    return product;
  }
}
