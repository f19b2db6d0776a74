// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WebSocketMessageGuardTest {
  private static final GatewayRequest UPGRADE = RequestHead.builder("GET", "/chat").build();

  @Test
  void builder_requiresAtLeastOneCheck() {
    assertThatThrownBy(WebSocketMessageGuard::of)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("checks: none (expected: at least one)");
  }

  @Test
  void builder_badValues_areRejected() {
    var builder = WebSocketMessageGuard.builder().maxWaiting(5);
    assertThatThrownBy(() -> builder.maxWaiting(6)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> builder.maxWaitingThreads(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxWaitingThreads: 0");
  }

  @Test
  void messageBeyondTheBoundOfWaits_closes1013_andIsCounted() throws Exception {
    var decision = new CompletableFuture<Verdict>();
    var guard =
        WebSocketMessageGuard.builder()
            .check((upgrade, payload) -> Verdict.pending(decision))
            .maxWaitingThreads(1)
            .build();
    CompletableFuture<OptionalInt> first =
        CompletableFuture.supplyAsync(() -> guard.check(UPGRADE, "a"));
    await().atMost(20, TimeUnit.SECONDS).until(() -> guard.waits().waiting() == 1);
    assertThat(guard.check(UPGRADE, "b")).hasValue(1013);
    assertThat(guard.waits()).isEqualTo(new WaitStats(1, 1, 1));
    decision.complete(Verdict.allow());
    assertThat(first.get(20, TimeUnit.SECONDS)).isEmpty();
    assertThat(guard.waits()).isEqualTo(new WaitStats(0, 0, 1));
  }

  @Test
  void interruptedWait_closes1013_andKeepsTheInterrupt() {
    var guard = WebSocketMessageGuard.of((upgrade, payload) -> Verdict.delay(Duration.ofHours(1)));
    Thread.currentThread().interrupt();
    assertThat(guard.check(UPGRADE, "a")).hasValue(1013);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(guard.waits().waiting()).isZero();
  }

  @Test
  void payload_isShownFromItsPosition_whichIsKept() {
    var guard =
        WebSocketMessageGuard.of((upgrade, payload) -> {
          assertThat(payload.bytes()).isEqualTo(ByteBuffer.wrap(new byte[] {2, 3}));
          return Verdict.allow();
        });
    ByteBuffer payload = ByteBuffer.wrap(new byte[] {1, 2, 3}).position(1);
    assertThat(guard.check(UPGRADE, payload)).isEmpty();
    assertThat(payload.position()).isEqualTo(1);
  }
}
