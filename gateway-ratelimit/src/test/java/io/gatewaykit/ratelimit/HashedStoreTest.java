package io.gatewaykit.ratelimit;

class HashedStoreTest extends KeyedLeakyBucketContract {
  @Override
  KeyedLeakyBucket.Builder<Integer> builder() {
    return KeyedLeakyBucket.<Integer>builder();
  }
}
