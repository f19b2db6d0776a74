// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.healthcheck;

import io.gatewaykit.healthcheck.internal.verdict.PackedVerdict;
import io.gatewaykit.healthcheck.internal.verdict.Report;
import io.gatewaykit.healthcheck.internal.verdict.VerdictRules;
import io.gatewaykit.healthcheck.state.TargetState;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIL_Result;

/**
 * Two threads report failures to a verdict that changes with the second one. Exactly one report
 * decides, and none is lost.
 */
@JCStressTest
@Outcome(
    id = {"2, 1, UNHEALTHY"},
    expect = Expect.ACCEPTABLE,
    desc = "both counted, one transition to unhealthy")
@State
public class PackedVerdictStress {
  private static final VerdictRules RULES = new VerdictRules(2, 2, 2, 2, false);

  private final Object lock = new Object();
  private final PackedVerdict verdict = verdict();
  private int toUnhealthy;

  private static PackedVerdict verdict() {
    return new PackedVerdict(VerdictRules.settled(TargetState.MOSTLY_HEALTHY));
  }

  private void report() {
    if (!verdict.count(RULES, Report.HTTP_FAILURE)) {
      synchronized (lock) {
        TargetState before = verdict.state();
        verdict.decide(RULES, Report.HTTP_FAILURE, false);
        toUnhealthy += before != verdict.state() ? 1 : 0;
      }
    }
  }

  /** Reports a failure. */
  @Actor
  public void first() {
    report();
  }

  /** Reports a failure. */
  @Actor
  public void second() {
    report();
  }

  /** Reads the resulting verdict. */
  @Arbiter
  public void look(IIL_Result result) {
    result.r1 = VerdictRules.count(verdict.get(), Report.HTTP_FAILURE);
    result.r2 = toUnhealthy;
    result.r3 = verdict.state();
  }
}
