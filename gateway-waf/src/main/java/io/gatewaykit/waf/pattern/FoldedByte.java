// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

/**
 * The byte alphabet of the prefilter: letters without case, and one symbol for all non-ASCII bytes.
 */
final class FoldedByte {
  /** The symbol of all non-ASCII bytes and of DEL. */
  static final int BEYOND = 0x7F;

  private static final String COMMON = "etaoinsrhldcumpfgwybvkxjqz";

  private FoldedByte() {}

  /** Returns the symbol of a byte, 0 to 127. */
  static int fold(int value) {
    return value >= 'A' && value <= 'Z' ? value + 32 : Math.min(value & 0xFF, BEYOND);
  }

  /** Returns the approximate frequency of a symbol in ordinary text. */
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

  /**
   * Returns the approximate probability that this folded text occurs at a given index of ordinary
   * text.
   */
  static double frequency(String text) {
    double product = 1;
    for (int i = 0; i < text.length(); i++) {
      product *= frequency(text.charAt(i));
    }
    return product;
  }
}
