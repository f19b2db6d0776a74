// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import org.junit.jupiter.api.Test;

/** The builder of a filter rejects invalid, missing and contradictory settings. */
class FilterSettingsTest {
  @Test
  void builder_requiresGuards() {
    assertThatThrownBy(() -> GatewayFilter.builder().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("guards: none (expected: ");
    assertThatThrownBy(() -> GatewayFilter.of(nothing()))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("chain");
    assertThatThrownBy(() -> GuardSelector.always(nothing()))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("chain");
    GatewayFilter.builder().guards(GuardChain.empty()).build().close(); // explicitly empty
  }

  @SuppressWarnings("NullAway") // callers without its checks can pass null
  private static GuardChain nothing() {
    return null;
  }

  @Test
  void settingWithTwoValues_isRejectedWithBoth() {
    assertThatThrownBy(() -> GatewayFilter.builder().maxWaiting(1).maxWaiting(2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("maxWaiting: 2 (expected: set once, but already 1)");
    assertThatThrownBy(() -> GatewayFilter.builder().parking(false).parking(true))
        .hasMessage("parking: true (expected: set once, but already false)");
  }

  @Test
  void bounds_arePositive() {
    assertThatThrownBy(() -> GatewayFilter.builder().maxWaiting(0))
        .hasMessage("maxWaiting: 0 (expected: 1..1000000)");
    assertThatThrownBy(() -> GatewayFilter.builder().maxWaitingThreads(-1))
        .hasMessage("maxWaitingThreads: -1 (expected: 1..1000000)");
  }
}
