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
 * Two threads read texts with the same automaton, none of whose states is built yet. The pattern
 * has a thousand states and the set room for two dozen, so they build, grow and flush the same
 * table at the same time. Each must get the answer it gets alone.
 */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "as each alone")
@Outcome(expect = Expect.FORBIDDEN, desc = "a state was taken for another")
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

  /** One that differs in the byte that counts. */
  @Actor
  public void differs(ZZ_Result result) {
    result.r2 = set.find(DIFFERS).get(0);
  }
}
