// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UpstreamTypesTest {

  @Test
  void endpoint_valuesOutOfRange_areRejected() {
    assertThatThrownBy(() -> Endpoint.of(" ", "x")).hasMessageContaining("id");
    assertThatThrownBy(() -> Endpoint.of("a", "x").withWeight(-1))
        .hasMessage("weight: -1 (expected: 0..1000000, endpoint a)");
    assertThat(Endpoint.of("a", "x").withLabels(Map.of("region", "hk")).weight()).isEqualTo(1);
  }

  @Test
  void outcome_onlyRealFailuresCountAgainstAnEndpoint() {
    assertThat(Arrays.stream(Outcome.values()).filter(Outcome::againstEndpoint))
        .containsExactlyInAnyOrder(Outcome.FAILURE, Outcome.TIMEOUT, Outcome.CONNECT_FAILURE);
  }

  @Test
  void unknownSignal_isAvailable() {
    HealthSignal signal = HealthSignal.unknown();
    assertThat(signal.health("any")).isEqualTo(Health.UNKNOWN);
    assertThat(signal.health("any").available()).isTrue();
    signal.subscribe((id, health) -> {}).close();
  }

  @Test
  void manualTicker_advancesExplicitlyOnly() {
    var ticker = new ManualTicker(7);
    assertThat(ticker.read()).isEqualTo(7);
    ticker.advance(Duration.ofNanos(3)).advanceNanos(-20);
    assertThat(ticker.read()).isEqualTo(-10);
  }

  @Test
  void systemTicker_neverGoesBack() {
    long before = Ticker.system().read();
    assertThat(Ticker.system().read() - before).isNotNegative();
  }
}
