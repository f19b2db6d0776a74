// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import org.junit.jupiter.api.BeforeAll;

/** On the Redis from Maven. */
class RedisBucketContractTest extends SharedBucketContract {
  @BeforeAll
  static void start() {
    start(TestRedis.fromMaven());
  }
}
