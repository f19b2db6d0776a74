// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.ratelimit.Decision.Source;
import io.gatewaykit.ratelimit.Limit;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The local share of a window counter, while Redis is unavailable. */
class WindowOutageTest {
  private final TestRedis server = TestRedis.fromMaven();
  private final RedisClient client = server.client();
  private final RedisStore store = RedisStore.builder(client).build();

  @BeforeEach
  void killServer() {
    server.kill();
  }

  @AfterEach
  void close() {
    store.close();
    client.shutdown();
    server.close();
  }

  private RedisWindowCounterBuilder<String> day() {
    return RedisWindowCounter.<String>builder(store, "day")
        .fixed(Limit.of(10, Duration.ofDays(1)))
        .nodes(2);
  }

  @Test
  void moreNewKeysThanSlots_areAdmitted_andKnownOnesStayLimited() {
    RedisWindowCounter<String> counter = day().fallbackKeys(50).build();
    for (int i = 0; i < 50; i++) {
      assertThat(counter.tryAcquire("known" + i)).isTrue();
    }
    for (int i = 0; i < 2000; i++) {
      assertThat(counter.check("new" + i, 1))
          .matches(decision -> decision.admitted() && decision.source() == Source.FALLBACK);
    }
    assertThat(counter.tryAcquireUpTo("known7", 100)).isEqualTo(4);
    assertThat(counter.tryAcquire("known7")).isFalse();
  }

  @Test
  void keyWithItsOwnLimits_hasItsShareOfThem() {
    RedisWindowCounter<String> counter =
        day()
            .limits(key ->
                switch (key) {
                  case "pro" -> Limit.of(1000, Duration.ofDays(1));
                  case "free" -> Limit.of(2, Duration.ofDays(1));
                  case "staff" -> Limit.unlimited();
                  case "banned" -> Limit.blocked();
                  default -> null;
                })
            .build();
    assertThat(counter.check("pro", 500).admitted()).isTrue();
    assertThat(counter.check("pro", 1).admitted()).isFalse();
    assertThat(counter.peek("pro", 1).limit().permits()).isEqualTo(1000);
    assertThat(counter.tryAcquireUpTo("free", 100)).isEqualTo(1);
    assertThat(counter.check("staff", 1_000_000).admitted()).isTrue();
    assertThat(counter.check("banned", 1).admitted()).isFalse();
    assertThat(counter.tryAcquireUpTo("other", 100)).isEqualTo(5);
  }

  @Test
  void reconfigure_changesTheShare() {
    RedisWindowCounter<String> counter = day().build();
    assertThat(counter.tryAcquireUpTo("k", 100)).isEqualTo(5);
    counter.reconfigure(Limit.of(30, Duration.ofDays(1)));
    assertThat(counter.tryAcquireUpTo("k", 100)).isEqualTo(10);
  }
}
