// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.canary;

/** Hashes that are equal in every process, so that all instances assign a key to the same side. */
final class SplitHash {
  private SplitHash() {}

  /** FNV-1a over the characters, then mixed, since its own high bits are weak for short keys. */
  static long of(CharSequence key) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < key.length(); i++) {
      hash = (hash ^ key.charAt(i)) * 0x100000001b3L;
    }
    return mix(hash);
  }

  /**
   * The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every output bit depends on every input
   * bit.
   */
  static long mix(long value) {
    long mixed = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
    return mixed ^ mixed >>> 31;
  }
}
