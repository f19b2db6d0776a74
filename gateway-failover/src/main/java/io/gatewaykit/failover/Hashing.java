// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import com.google.common.hash.HashFunction;

/**
 * The common hash of ids and keys, which must stay stable across versions to preserve their
 * mapping.
 */
final class Hashing {
  private static final HashFunction MURMUR = com.google.common.hash.Hashing.murmur3_128(0);

  private Hashing() {}

  static long of(CharSequence text) {
    return MURMUR.hashUnencodedChars(text).asLong();
  }
}
