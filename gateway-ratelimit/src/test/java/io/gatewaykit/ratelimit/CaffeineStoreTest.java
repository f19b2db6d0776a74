package io.gatewaykit.ratelimit;

class CaffeineStoreTest extends KeyedLeakyBucketContract {
  @Override
  KeyedLeakyBucket.Builder<Integer> builder() {
    return KeyedLeakyBucket.<Integer>builder().exactKeys();
  }
}
