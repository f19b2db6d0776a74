// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

/**
 * The common hash of ids and keys, which must stay stable across versions to preserve their
 * mapping: the first 64 bits of MurmurHash3 x64 128 with seed 0 over the UTF-16 code units, low
 * byte first.
 *
 * <p>A. Appleby, MurmurHash3, 2011 (public domain).
 */
final class Hashing {
  private static final long C1 = 0x87c37b91114253d5L;
  private static final long C2 = 0x4cf5ad432745937fL;

  /** The code units of a block of 16 bytes, and of each half. */
  private static final int BLOCK = 8;

  private static final int HALF = 4;

  private Hashing() {}

  static long of(CharSequence text) {
    int length = text.length();
    long h1 = 0;
    long h2 = 0;
    int at = 0;
    for (; at + BLOCK <= length; at += BLOCK) {
      h1 ^= first(word(text, at, HALF));
      h1 = (Long.rotateLeft(h1, 27) + h2) * 5 + 0x52dce729L;
      h2 ^= second(word(text, at + HALF, HALF));
      h2 = (Long.rotateLeft(h2, 31) + h1) * 5 + 0x38495ab5L;
    }
    int left = length - at;
    h1 ^= first(word(text, at, Math.min(left, HALF)));
    h2 ^= second(word(text, at + HALF, Math.max(0, left - HALF)));
    long bytes = 2L * length;
    h1 ^= bytes;
    h2 ^= bytes;
    h1 += h2;
    h2 += h1;
    return finish(h1) + finish(h2);
  }

  /** Returns the code units from an index as one word, the first in its low bits. */
  private static long word(CharSequence text, int from, int count) {
    long word = 0;
    for (int i = 0; i < count; i++) {
      word |= (long) text.charAt(from + i) << (16 * i);
    }
    return word;
  }

  private static long first(long word) {
    return Long.rotateLeft(word * C1, 31) * C2;
  }

  private static long second(long word) {
    return Long.rotateLeft(word * C2, 33) * C1;
  }

  private static long finish(long hash) {
    long mixed = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ mixed >>> 33;
  }
}
