// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** On Valkey. */
@Tag("slow")
class ValkeyBucketContractTest extends SharedBucketContract {
  @BeforeAll
  static void start() {
    start(TestRedis.fromValkey());
  }
}
