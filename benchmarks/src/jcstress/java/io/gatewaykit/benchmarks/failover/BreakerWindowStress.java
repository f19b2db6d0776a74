// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * Two calls complete a window of four at exactly the rate that trips it: a failure on one thread
 * and a success on the other. The later of the two must see both.
 */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(
    id = "OPEN",
    expect = Expect.ACCEPTABLE,
    desc = "the later report opened the circuit")
@State
public class BreakerWindowStress {
  private final CircuitBreaker breaker =
      CircuitBreaker.builder()
          .ticker(new ManualTicker())
          .noConsecutiveLimit()
          .window(4)
          .minCalls(4)
          .failureRate(0.5)
          .build();
  private final long one = breaker.tryAcquire();
  private final long two = breaker.tryAcquire();

  /** Reports the first half. */
  public BreakerWindowStress() {
    breaker.report(breaker.tryAcquire(), Outcome.FAILURE, 1);
    breaker.report(breaker.tryAcquire(), Outcome.SUCCESS, 1);
  }

  /** Reports a failure. */
  @Actor
  public void failure() {
    breaker.report(one, Outcome.FAILURE, 1);
  }

  /** Reports a success. */
  @Actor
  public void success() {
    breaker.report(two, Outcome.SUCCESS, 1);
  }

  /** Reads the resulting state. */
  @Arbiter
  public void read(L_Result result) {
    result.r1 = breaker.state();
  }
}
