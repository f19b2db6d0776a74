// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakGate.class)
class LeakGateTest {
  @Test
  void leakedBuffer_isReported() {
    forget();
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(LeakGate.leaks()).anyMatch(leak -> leak.contains("forget")));
  }

  private static void forget() {
    ByteBuf buffer = ByteBufAllocator.DEFAULT.buffer(16);
    buffer.writeByte(1);
  }
}
