// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.ratelimit;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.LeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two threads issue three requests each for four permits. Exactly four are admitted, and none
 * afterwards.
 */
@JCStressTest
@Outcome(id = "4, 0", expect = Expect.ACCEPTABLE, desc = "each permit was granted once")
@State
public class LeakyBucketStress {
  private final LeakyBucket bucket =
      LeakyBucket.builder()
          .limit(Limit.perSecond(1).burst(3).nodelay())
          .ticker(new ManualTicker())
          .build();
  private int first;
  private int second;

  /** Acquires on one thread. */
  @Actor
  public void one() {
    first = spend();
  }

  /** Acquires on another. */
  @Actor
  public void two() {
    second = spend();
  }

  private int spend() {
    int admitted = 0;
    for (int i = 0; i < 3; i++) {
      admitted += bucket.tryAcquire() ? 1 : 0;
    }
    return admitted;
  }

  /** Counts the permits, and attempts one more. */
  @Arbiter
  public void count(II_Result result) {
    result.r1 = first + second;
    result.r2 = bucket.tryAcquire() ? 1 : 0;
  }
}
