// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** On Valkey. */
@Tag("slow")
class ValkeyWindowContractTest extends SharedWindowContract {
  @BeforeAll
  static void start() {
    TestRedis server = TestRedis.fromValkey();
    var client = server.client();
    start(server, RedisStore.builder(client), client::shutdown);
  }
}
