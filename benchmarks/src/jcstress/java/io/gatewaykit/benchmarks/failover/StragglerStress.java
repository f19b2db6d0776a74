// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IL_Result;

/**
 * The last trial succeeds on one thread while a call of another thread, admitted before the trip,
 * fails. The breaker closes, and the late failure is not counted.
 */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(
    id = "0, CLOSED",
    expect = Expect.ACCEPTABLE,
    desc = "closed, the straggler not counted")
@State
public class StragglerStress {
  private final ManualTicker ticker = new ManualTicker();
  private final CircuitBreaker breaker =
      CircuitBreaker.builder()
          .ticker(ticker)
          .consecutiveFailures(1)
          .window(10)
          .halfOpen(1, Duration.ofMinutes(1))
          .build();
  private final long straggler = breaker.tryAcquire();
  private final long trial;

  /** Trips the breaker, lets the open period elapse and acquires the only trial. */
  public StragglerStress() {
    breaker.report(breaker.tryAcquire(), Outcome.FAILURE, 1);
    ticker.advance(Duration.ofSeconds(2));
    trial = breaker.tryAcquire();
  }

  /** The trial succeeds. */
  @Actor
  public void trial() {
    breaker.report(trial, Outcome.SUCCESS, 1);
  }

  /** The late call fails. */
  @Actor
  public void straggler() {
    breaker.report(straggler, Outcome.FAILURE, 1);
  }

  /** Reads the resulting state. */
  @Arbiter
  public void read(IL_Result result) {
    result.r1 = breaker.snapshot().calls();
    result.r2 = breaker.state();
  }
}
