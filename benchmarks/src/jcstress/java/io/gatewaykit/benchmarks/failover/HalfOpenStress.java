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

/** Three threads call a breaker that admits two trials: the third is rejected. */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(
    id = "2, HALF_OPEN",
    expect = Expect.ACCEPTABLE,
    desc = "two trials, one rejection")
@State
public class HalfOpenStress {
  private final ManualTicker ticker = new ManualTicker();
  private final CircuitBreaker breaker =
      CircuitBreaker.builder()
          .ticker(ticker)
          .consecutiveFailures(1)
          .halfOpen(2, Duration.ofMinutes(1))
          .build();
  private long first;
  private long second;
  private long third;

  /** Trips the breaker and lets the open period elapse. */
  public HalfOpenStress() {
    breaker.report(breaker.tryAcquire(), Outcome.FAILURE, 1);
    ticker.advance(Duration.ofSeconds(2));
  }

  /** Acquires a permit. */
  @Actor
  public void first() {
    first = breaker.tryAcquire();
  }

  /** Acquires a permit. */
  @Actor
  public void second() {
    second = breaker.tryAcquire();
  }

  /** Acquires a permit. */
  @Actor
  public void third() {
    third = breaker.tryAcquire();
  }

  /** Counts the admitted calls. */
  @Arbiter
  public void count(IL_Result result) {
    result.r1 = admitted(first) + admitted(second) + admitted(third);
    result.r2 = breaker.state();
  }

  private static int admitted(long permit) {
    return permit == CircuitBreaker.REJECTED ? 0 : 1;
  }
}
