// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.redis.Breaker.Change;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class BreakersTest {
  private final ManualTicker ticker = new ManualTicker();
  private final Set<String> serving = new HashSet<>(Set.of("a", "b"));
  private final NodeBreakers breakers =
      new NodeBreakers(
          node -> new Breaker(node, 2, 1_000_000_000, 4_000_000_000L, ticker, new Random(1)),
          ticker);

  /** The key's first letter is its node. */
  private final ClusterNodes nodes =
      new ClusterNodes() {
        @Override
        public String of(String key) {
          return key.substring(0, 1);
        }

        @Override
        public String addressOf(String node) {
          return "host-" + node;
        }

        @Override
        public boolean serves(String node) {
          return serving.contains(node);
        }
      };

  private Change fail(String key) {
    return breakers.counted(breakers.of(nodes, key).failed());
  }

  @Test
  @DisplayName("failures of one node are no failures of another")
  void nodesAreApart() {
    assertThat(fail("a1")).isEqualTo(Change.NONE);
    assertThat(fail("b1")).isEqualTo(Change.NONE);
    assertThat(fail("a2")).isEqualTo(Change.OPENED);
    assertThat(breakers.of(nodes, "a3").rejects()).isTrue();
    assertThat(breakers.of(nodes, "b3").rejects()).isFalse();
    assertThat(breakers.of(nodes, "a1").node()).isEqualTo("host-a");
    assertThat(breakers.anyOpen()).isTrue();
  }

  @Test
  @DisplayName("a node that serves nothing any more is no outage any more, whatever comes of it")
  void retiredNode() {
    fail("a1");
    fail("a1");
    Breaker old = breakers.of(nodes, "a1");
    assertThat(breakers.sweep(nodes)).as("too soon to look").isEmpty();
    ticker.advance(Duration.ofSeconds(1));
    assertThat(breakers.sweep(nodes)).as("it serves").isEmpty();
    serving.remove("a");
    ticker.advance(Duration.ofSeconds(1));

    assertThat(breakers.sweep(nodes)).containsExactly(old);

    assertThat(old.sinceOpened()).isEqualTo(Duration.ofSeconds(2).toNanos());
    assertThat(breakers.anyOpen()).isFalse();
    for (int i = 0; i < 3; i++) {
      assertThat(breakers.counted(old.failed())).isEqualTo(Change.NONE);
    }
    assertThat(breakers.counted(old.succeeded())).isEqualTo(Change.NONE);
    assertThat(breakers.anyOpen()).isFalse();
    assertThat(breakers.of(nodes, "a1")).as("a new one if it returns").isNotSameAs(old);
  }

  @Test
  @DisplayName("a node closes its own outage")
  void recovery() {
    fail("a1");
    fail("a1");
    ticker.advance(Duration.ofSeconds(2));
    assertThat(breakers.of(nodes, "a1").permits()).isTrue();
    assertThat(breakers.counted(breakers.of(nodes, "a1").succeeded())).isEqualTo(Change.CLOSED);
    assertThat(breakers.anyOpen()).isFalse();
  }
}
