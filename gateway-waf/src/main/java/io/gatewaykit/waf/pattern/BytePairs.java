package io.gatewaykit.waf.pattern;

import java.util.Arrays;

/**
 * Which bytes stand side by side in a text. Upper and lower case are one, and so are all bytes
 * beyond ASCII. The end of the text counts as a byte of class 0, so that the last byte has a pair
 * too. Not thread-safe.
 */
final class BytePairs {
  /** How many bytes are told apart. */
  static final int CLASSES = 128;

  static final int COUNT = CLASSES * CLASSES;
  private static final byte[] FOLDED = folded();
  private static final String COMMON = "etaoinsrhldcumpfgwybvkxjqz";

  private final long[] bits = new long[COUNT / 64];

  void clear() {
    Arrays.fill(bits, 0);
  }

  void add(int pair) {
    bits[pair >> 6] |= 1L << pair;
  }

  boolean holdsPair(int pair) {
    return (bits[pair >> 6] >>> pair & 1) != 0;
  }

  boolean holds(int first) {
    return (bits[first * 2] | bits[first * 2 + 1]) != 0;
  }

  static int number(int first, int second) {
    return first * CLASSES + second;
  }

  /** Returns the class of a byte, 0 to 127. */
  static int fold(int value) {
    return FOLDED[value & 0xFF];
  }

  /** Returns about how often a class occurs in ordinary text. */
  static double frequency(int folded) {
    if (folded >= 'a' && folded <= 'z') {
      return 0.09 / (1 + 0.3 * COMMON.indexOf(folded));
    }
    if (folded == ' ' || folded == 0x7F) {
      return 0.1;
    }
    if (folded >= '0' && folded <= '9') {
      return 0.02;
    }
    return "/.-=;,_:&\"".indexOf(folded) >= 0 ? 0.015 : 0.003;
  }

  private static byte[] folded() {
    byte[] classes = new byte[256];
    for (int i = 0; i < 256; i++) {
      classes[i] = (byte) (i >= 'A' && i <= 'Z' ? i + 32 : Math.min(i, 0x7F));
    }
    return classes;
  }
}
