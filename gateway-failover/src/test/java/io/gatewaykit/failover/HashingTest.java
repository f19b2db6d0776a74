// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.HashFunction;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The hash of ids decides which client uses which endpoint, so it must not change. */
class HashingTest {
  @Test
  void of_publishedVectors_isMurmurHash3() {
    assertThat(Hashing.of("")).isZero();
    assertThat(Hashing.of("a")).isEqualTo(0x96a698500b4e98bdL);
    assertThat(Hashing.of("orders-17")).isEqualTo(0x11bb10260c9da4f0L);
  }

  @Test
  void of_anyText_equalsGuava() {
    HashFunction murmur = com.google.common.hash.Hashing.murmur3_128(0);
    var random = new Random(5);
    for (int i = 0; i < 10_000; i++) {
      var text = new StringBuilder();
      for (int left = i % 40; left > 0; left--) {
        text.append((char) random.nextInt(i % 2 == 0 ? 128 : 65_536));
      }
      assertThat(Hashing.of(text))
          .as("text of %d code units", text.length())
          .isEqualTo(murmur.hashUnencodedChars(text).asLong());
    }
  }
}
