// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.healthcheck;

import io.gatewaykit.healthcheck.internal.verdict.PackedVerdict;
import io.gatewaykit.healthcheck.internal.verdict.Report;
import io.gatewaykit.healthcheck.internal.verdict.VerdictRules;
import io.gatewaykit.healthcheck.state.TargetState;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;

/** A reader concurrent with a change of the verdict sees a consistent pair of state and count. */
@JCStressTest
@Outcome(id = "MOSTLY_HEALTHY, 0", expect = Expect.ACCEPTABLE, desc = "before the failures")
@Outcome(id = "MOSTLY_HEALTHY, 1", expect = Expect.ACCEPTABLE, desc = "after the first")
@Outcome(id = "UNHEALTHY, 2", expect = Expect.ACCEPTABLE, desc = "after the second")
@State
public class VerdictReadStress {
  private static final VerdictRules RULES = new VerdictRules(2, 2, 2, 2, false);

  private final PackedVerdict verdict =
      new PackedVerdict(VerdictRules.settled(TargetState.MOSTLY_HEALTHY));

  /** Reports two failures, the second of which decides. */
  @Actor
  public void report() {
    for (int i = 0; i < 2; i++) {
      if (!verdict.count(RULES, Report.HTTP_FAILURE)) {
        verdict.decide(RULES, Report.HTTP_FAILURE, false);
      }
    }
  }

  /** Reads the verdict. */
  @Actor
  public void read(LI_Result result) {
    long word = verdict.get();
    result.r1 = VerdictRules.state(word);
    result.r2 = VerdictRules.count(word, Report.HTTP_FAILURE);
  }
}
