// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.waf;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.gatewaykit.waf.pattern.PatternSet;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Two threads match texts with the same automaton, none of whose states has been built. The pattern
 * has a thousand states and the set has capacity for two dozen, so the threads build, grow and
 * flush the same table concurrently. Each must get the same result as when run alone.
 */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "as without concurrency")
@Outcome(expect = Expect.FORBIDDEN, desc = "a state was confused with another")
@State
public class SharedStatesStress {
  private static final byte[] MATCHES =
      "abbabbaababbabaabbabbbaababaxabbabababb".getBytes(US_ASCII);
  private static final byte[] DIFFERS =
      "abbabbaababbabaabbabbbaababaxbbbabababb".getBytes(US_ASCII);

  private final PatternSet set =
      PatternSet.builder().pattern("[ab]*a[ab]{9}$").stateBytes(0).build();

  /** A text that matches. */
  @Actor
  public void matches(ZZ_Result result) {
    result.r1 = set.find(MATCHES).get(0);
  }

  /** A text that differs in the decisive byte. */
  @Actor
  public void differs(ZZ_Result result) {
    result.r2 = set.find(DIFFERS).get(0);
  }
}
