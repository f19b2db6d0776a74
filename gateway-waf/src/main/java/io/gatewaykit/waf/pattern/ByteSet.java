// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

/** An immutable set of byte values, 0 to 255. */
record ByteSet(long a, long b, long c, long d) {
  static final ByteSet NONE = new ByteSet(0, 0, 0, 0);
  static final ByteSet ALL = NONE.complement();
  static final ByteSet NEWLINE = of('\n');
  static final ByteSet DIGIT = range('0', '9');
  static final ByteSet WORD = DIGIT.or(range('a', 'z')).or(range('A', 'Z')).or(of('_'));

  /** White space as in RE2, which excludes the vertical tab. */
  static final ByteSet SPACE = of('\t').or(of('\n')).or(of('\f')).or(of('\r')).or(of(' '));

  static ByteSet of(int value) {
    return range(value, value);
  }

  static ByteSet range(int from, int to) {
    long[] words = new long[4];
    for (int i = from; i <= to; i++) {
      words[i >> 6] |= 1L << (i & 63);
    }
    return new ByteSet(words[0], words[1], words[2], words[3]);
  }

  boolean contains(int value) {
    long word =
        switch (value >> 6) {
          case 0 -> a;
          case 1 -> b;
          case 2 -> c;
          default -> d;
        };
    return (word >>> (value & 63) & 1) != 0;
  }

  /** Returns the number of ASCII values in this set. */
  int asciiSize() {
    return Long.bitCount(a) + Long.bitCount(b);
  }

  ByteSet or(ByteSet o) {
    return new ByteSet(a | o.a, b | o.b, c | o.c, d | o.d);
  }

  ByteSet complement() {
    return new ByteSet(~a, ~b, ~c, ~d);
  }

  /**
   * Returns this set closed under case folding. As in RE2 below U+0100, Latin-1 letters are
   * included.
   */
  ByteSet foldCase() {
    ByteSet folded = this;
    for (int i = 'A'; i <= 0xDE; i++) {
      boolean letter = i <= 'Z' || (i >= 0xC0 && i != 0xD7);
      if (letter && contains(i) != contains(i + 32)) {
        folded = folded.or(of(i)).or(of(i + 32));
      }
    }
    return folded;
  }
}
