// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import static io.gatewaykit.failover.breaker.CircuitBreaker.REJECTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;

/** Circuit breakers in virtual time, with recorded changes and without jitter. */
abstract class CircuitBreakerFixture {
  static final long MS = 1_000_000;

  final ManualTicker ticker = new ManualTicker(-5);
  final List<CircuitBreakerEvent> changes = new ArrayList<>();

  CircuitBreakerBuilder builder() {
    return builder(() -> 0.5); // no jitter
  }

  CircuitBreakerBuilder builder(DoubleSupplier random) {
    return CircuitBreaker.builder()
        .name("hk1")
        .ticker(ticker)
        .random(random)
        .listener(
            new CircuitBreakerListener() {
              @Override
              public void onChange(CircuitBreakerEvent change) {
                changes.add(change);
              }
            });
  }

  static void call(CircuitBreaker breaker, Outcome outcome) {
    call(breaker, outcome, MS);
  }

  static void call(CircuitBreaker breaker, Outcome outcome, long latency) {
    long permit = breaker.tryAcquire();
    assertThat(permit).as("admitted").isNotEqualTo(REJECTED);
    breaker.report(permit, outcome, latency);
  }

  static void calls(CircuitBreaker breaker, String outcomes) {
    for (int i = 0; i < outcomes.length(); i++) {
      call(breaker, outcomes.charAt(i) == 'x' ? Outcome.FAILURE : Outcome.SUCCESS);
    }
  }

  CircuitBreaker open(CircuitBreakerBuilder builder) {
    CircuitBreaker breaker = builder.consecutiveFailures(1).build();
    call(breaker, Outcome.FAILURE);
    assertThat(breaker.state()).isEqualTo(CircuitBreakerState.OPEN);
    return breaker;
  }
}
