// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.breaker.CircuitBreakerState;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** Circuit breakers of endpoints and lines within a group. */
@SuppressWarnings("FutureReturnValueIgnored") // results are checked through recorded calls
class GroupBreakersTest extends ExecutionFixture {
  private FailoverGroupBuilder<String> broken() {
    return builder()
        .endpoints(
            EndpointPolicy.builder()
                .maxFails(1000)
                .breaker(
                    CircuitBreaker.builder()
                        .consecutiveFailures(3)
                        .random(() -> 0.5)
                        .openFor(Duration.ofSeconds(2), Duration.ofSeconds(10))
                        .halfOpen(1, Duration.ofSeconds(1)))
                .build());
  }

  private String next(FailoverGroup<String> group, Outcome outcome) {
    Lease<String> lease = requireNonNull(group.begin(true).next());
    lease.end(outcome, 0);
    return lease.endpoint().id();
  }

  @Test
  void breaker_open_excludesTheEndpointUntilATrialSucceeds() {
    FailoverGroup<String> group = broken().build();
    while (group.breaker("a1").state() == CircuitBreakerState.CLOSED) {
      Lease<String> lease = requireNonNull(group.begin(true).next());
      lease.end(lease.endpoint().id().equals("a1") ? Outcome.FAILURE : Outcome.SUCCESS, 0);
    }
    ticker.advance(Duration.ofMillis(1));
    for (int i = 0; i < 20; i++) {
      assertThat(next(group, Outcome.SUCCESS)).isEqualTo("a2");
    }
    ticker.advance(Duration.ofSeconds(2));
    var picked = new ArrayList<String>();
    for (int i = 0; i < 6; i++) {
      picked.add(next(group, Outcome.SUCCESS));
    }

    assertThat(picked).contains("a1");
    assertThat(group.breaker("a1").state()).isEqualTo(CircuitBreakerState.CLOSED);
  }

  @Test
  void breaker_halfOpen_limitsTrials() {
    FailoverGroup<String> group = broken().build();
    group.breaker("a2").forceOpen();
    for (int i = 0; i < 3; i++) {
      next(group, Outcome.FAILURE);
    }
    assertThat(group.breaker("a1").state()).isEqualTo(CircuitBreakerState.OPEN);
    group.breaker("a2").reset();
    ticker.advance(Duration.ofSeconds(3));
    var picked = new ArrayList<String>();
    for (int i = 0; i < 10; i++) {
      picked.add(requireNonNull(group.begin(true).next()).endpoint().id()); // all in flight
    }

    assertThat(picked.stream().filter("a1"::equals)).hasSize(1);
  }

  @Test
  void lineBreaker_open_switchesTheLine() {
    FailoverGroup<String> group =
        builder(
                RetryPolicy.builder(),
                LinePolicy.builder()
                    .breaker(
                        CircuitBreaker.builder()
                            .noConsecutiveLimit()
                            .failureRate(0.5)
                            .minCalls(10)
                            .openFor(Duration.ofHours(1), Duration.ofHours(1))))
            .endpoints(EndpointPolicy.builder().maxFails(1000).build())
            .build();
    for (int i = 0; i < 10; i++) {
      next(group, Outcome.FAILURE);
    }

    assertThat(next(group, Outcome.SUCCESS)).isEqualTo("b");
    assertThat(next(group, Outcome.SUCCESS)).isEqualTo("b");
  }
}
