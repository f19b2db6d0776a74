package io.gatewaykit.waf;

import io.gatewaykit.waf.rule.Target;
import java.util.BitSet;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Who asks for a value while another thread puts it in and drives it out again sees it or does not,
 * and never takes it for one of another audience.
 */
@JCStressTest
@Outcome(id = "false, false", expect = Expect.ACCEPTABLE, desc = "not yet, or not any more")
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "seen")
@State
public class CleanValuesStress {
  private static final Audience OURS = audience();
  private static final Audience OTHERS = audience();

  private final CleanValues values = new CleanValues(2);

  private static Audience audience() {
    BitSet parts = new BitSet();
    parts.set(0);
    return new Audience(parts, List.of(new Audience.Group(0, parts)), 0, true);
  }

  private static Value field(String text) {
    return new Value(Target.HEADER, "accept", text);
  }

  /** Puts three values into two places. */
  @Actor
  public void add() {
    values.add(field("*/*"), OURS);
    values.add(field("text/html"), OURS);
    values.add(field("text/plain"), OURS);
  }

  /** Asks. */
  @Actor
  public void ask(ZZ_Result result) {
    result.r1 = values.contains(field("*/*"), OURS);
    result.r2 = values.contains(field("*/*"), OTHERS);
  }
}
