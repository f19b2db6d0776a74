// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.failover.internal.balance.SmoothSequence;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two threads pick while a failure starts a new segment. Picks are in range and in order. */
@JCStressTest
@Outcome(
    id = "[12], [12], 2",
    expect = Expect.ACCEPTABLE,
    desc = "without concurrency, two rounds return both")
@State
public class SmoothSequenceStress {
  private final SmoothSequence sequence = new SmoothSequence(new int[] {1, 1}, 0);

  private int different() {
    int seen = 0;
    for (int i = 0; i < 4; i++) {
      seen |= 1 << sequence.next();
    }
    return Integer.bitCount(seen & 3);
  }

  /** Picks. */
  @Actor
  public void pick(III_Result result) {
    result.r1 = different();
  }

  /** Picks concurrently. */
  @Actor
  public void pickToo(III_Result result) {
    result.r2 = different();
  }

  /** Picks without concurrency. */
  @Arbiter
  public void after(III_Result result) {
    result.r3 = different();
  }
}
