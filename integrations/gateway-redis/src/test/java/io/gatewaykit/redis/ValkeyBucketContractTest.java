package io.gatewaykit.redis;

import org.junit.jupiter.api.BeforeAll;

/** On Valkey. */
class ValkeyBucketContractTest extends SharedBucketContract {
  @BeforeAll
  static void start() {
    start(TestRedis.fromValkey());
  }
}
