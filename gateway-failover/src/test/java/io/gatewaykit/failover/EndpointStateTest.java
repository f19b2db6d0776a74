// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.internal.balance.PeakEwma;
import org.junit.jupiter.api.Test;

class EndpointStateTest {
  private final EndpointState<String> state =
      new EndpointState<>(
          Endpoint.of("x", "x"),
          new EndpointState.Settings(5, 1, new ScriptedHealth(), () -> null, new PeakEwma(1)),
          0);

  /** Another request became the trial after the pick had read the veto. */
  @Test
  void admit_becameUnhealthySinceThePick_isRejected() {
    state.health(Health.UNKNOWN);
    assertThat(state.admit(EndpointState.HARD, 0)).isNotEqualTo(CircuitBreaker.REJECTED);
    state.health(Health.UNHEALTHY);
    assertThat(state.admit(EndpointState.HARD, 0)).isEqualTo(CircuitBreaker.REJECTED);
  }

  @Test
  void admit_unhealthyInPanicMode_isAdmitted() {
    state.health(Health.UNHEALTHY);
    assertThat(state.admit(EndpointState.DELIBERATE, 0)).isNotEqualTo(CircuitBreaker.REJECTED);
  }
}
