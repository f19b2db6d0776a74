// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.gatewaykit.api.guard.GuardChain;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The builder of a handler rejects invalid, missing and contradictory settings. */
class HandlerSettingsTest {

  @Test
  void guards_areRequired() {
    assertThatIllegalStateException()
        .isThrownBy(() -> GatewayHandler.builder().build())
        .withMessage(
            "guards: none (expected: a GuardSelector or GuardChain; GuardChain.empty() admits all)");
  }

  @Test
  void settingWithTwoValues_isRejectedWithBoth() {
    var builder = GatewayHandler.builder().maxPending(Duration.ofSeconds(1));
    assertThatIllegalStateException()
        .isThrownBy(() -> builder.maxPending(Duration.ofSeconds(2)))
        .withMessage("maxPending: PT2S (expected: set once, but already PT1S)");
  }

  @Test
  void selectorAndChain_areTheSameSetting() {
    var builder = GatewayHandler.builder().guards(GuardChain.empty());
    assertThatIllegalStateException()
        .isThrownBy(() -> builder.guards(request -> GuardChain.empty()))
        .withMessageStartingWith("guards: ");
  }

  @Test
  void flagWithTwoValues_isRejected() {
    var builder = GatewayHandler.builder().connectTunnels(false);
    assertThatIllegalStateException()
        .isThrownBy(() -> builder.connectTunnels(true))
        .withMessage("connectTunnels: true (expected: set once, but already false)");
  }

  @Test
  void pendingTimeoutOutOfRange_isRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GatewayHandler.builder().maxPending(Duration.ofHours(2)))
        .withMessage("maxPending: PT2H (expected: PT0.001S..PT1H)");
  }
}
