// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

class HashedStoreTest extends KeyedLeakyBucketContract {
  @Override
  KeyedLeakyBucket.Builder<Integer> builder() {
    return KeyedLeakyBucket.<Integer>builder();
  }
}
