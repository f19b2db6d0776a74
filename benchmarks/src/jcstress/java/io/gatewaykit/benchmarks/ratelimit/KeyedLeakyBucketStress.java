// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.ratelimit;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Two threads insert the same new key, and a key of their own, into one set of the table. The
 * shared key must have one bucket instead of one per thread, and the other keys must retain theirs.
 */
@JCStressTest
@Outcome(id = "2, 2, 2", expect = Expect.ACCEPTABLE, desc = "each key used its own two permits")
@State
public class KeyedLeakyBucketStress {
  private final KeyedLeakyBucket<Integer> buckets =
      KeyedLeakyBucket.<Integer>builder()
          .limit(Limit.perSecond(1).burst(1).nodelay())
          .ticker(new ManualTicker())
          .maxKeys(4)
          .build();
  private int sharedByOne;
  private int sharedByTwo;
  private int ownOfOne;
  private int ownOfTwo;

  /** Acquires on one thread. */
  @Actor
  public void one() {
    sharedByOne = spend(0);
    ownOfOne = spend(1);
  }

  /** Acquires on another. */
  @Actor
  public void two() {
    ownOfTwo = spend(2);
    sharedByTwo = spend(0);
  }

  private int spend(int key) {
    int admitted = 0;
    for (int i = 0; i < 3; i++) {
      admitted += buckets.tryAcquire(key) ? 1 : 0;
    }
    return admitted;
  }

  /** Counts the permits. */
  @Arbiter
  public void count(III_Result result) {
    result.r1 = sharedByOne + sharedByTwo;
    result.r2 = ownOfOne;
    result.r3 = ownOfTwo;
  }
}
