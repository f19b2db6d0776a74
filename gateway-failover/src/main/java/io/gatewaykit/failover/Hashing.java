package io.gatewaykit.failover;

import com.google.common.hash.HashFunction;

/** The one hash of ids and keys, so that what it maps stays where it is between versions. */
final class Hashing {
  private static final HashFunction MURMUR = com.google.common.hash.Hashing.murmur3_128(0);

  private Hashing() {}

  static long of(CharSequence text) {
    return MURMUR.hashUnencodedChars(text).asLong();
  }
}
