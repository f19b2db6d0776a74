package io.gatewaykit.healthcheck;

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
 * decides, and none is lost. In the package of the tested class, which is not public.
 */
@JCStressTest
@Outcome(
    id = {"2, 1, UNHEALTHY"},
    expect = Expect.ACCEPTABLE,
    desc = "both counted, one transition to unhealthy")
@State
public class VerdictWordStress {
  private static final Thresholds THRESHOLDS = Thresholds.perKind(2, 2, 2, 2);

  private final Object lock = new Object();
  private final VerdictWord verdict = verdict();
  private int toUnhealthy;

  private static VerdictWord verdict() {
    return new VerdictWord(Thresholds.settled(TargetState.MOSTLY_HEALTHY));
  }

  private void report() {
    if (!verdict.count(THRESHOLDS, Report.HTTP_FAILURE)) {
      synchronized (lock) {
        TargetState before = verdict.state();
        verdict.decide(THRESHOLDS, Report.HTTP_FAILURE, false);
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
    result.r1 = Thresholds.count(verdict.get(), Report.HTTP_FAILURE);
    result.r2 = toUnhealthy;
    result.r3 = verdict.state();
  }
}
