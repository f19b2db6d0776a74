// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.ratelimit;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.CompositeLimiter;
import io.gatewaykit.ratelimit.LeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.Reservation;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Two threads compete for the only permit of the narrower part. The loser consumes nothing of the
 * wider part, which afterwards has two of its three permits left.
 */
@JCStressTest
@Outcome(
    id = "1, 2, 0",
    expect = Expect.ACCEPTABLE,
    desc = "one was admitted and charged in both parts")
@State
public class CompositeStress {
  private final ManualTicker ticker = new ManualTicker();
  private final LeakyBucket wide =
      LeakyBucket.builder().limit(Limit.perSecond(1).burst(2).nodelay()).ticker(ticker).build();
  private final LeakyBucket tight =
      LeakyBucket.builder().limit(Limit.perSecond(1)).ticker(ticker).build();
  private final CompositeLimiter<Integer> both =
      CompositeLimiter.<Integer>builder()
          .add("wide", wide.asLimiter())
          .add("tight", tight.asLimiter())
          .build();
  private Reservation first = both.reserve(1, 9, Duration.ZERO);
  private Reservation second = first;

  /** Reserves on one thread. */
  @Actor
  public void one() {
    first = both.reserve(1, 1, Duration.ZERO);
  }

  /** Reserves on another. */
  @Actor
  public void two() {
    second = both.reserve(1, 1, Duration.ZERO);
  }

  /** Counts the permits. */
  @Arbiter
  public void count(III_Result result) {
    result.r1 = (first.admitted() ? 1 : 0) + (second.admitted() ? 1 : 0);
    result.r2 = (int) wide.peek(1).remaining() + 1;
    result.r3 = tight.peek(1).admitted() ? 1 : 0;
  }
}
