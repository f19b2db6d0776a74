// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import org.junit.jupiter.api.BeforeAll;

/** On the Redis from Maven. */
class RedisWindowContractTest extends SharedWindowContract {
  @BeforeAll
  static void start() {
    TestRedis server = TestRedis.fromMaven();
    var client = server.client();
    start(server, RedisStore.builder(client), client::shutdown);
  }
}
