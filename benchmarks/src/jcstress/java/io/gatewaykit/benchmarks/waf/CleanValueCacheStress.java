// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.waf;

import io.gatewaykit.waf.internal.engine.CleanValueCache;
import io.gatewaykit.waf.internal.index.ConditionSet;
import io.gatewaykit.waf.internal.value.Value;
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
 * A lookup concurrent with insertion and eviction of its value returns true or false, but never a
 * hit for another condition set.
 */
@JCStressTest
@Outcome(
    id = "false, false",
    expect = Expect.ACCEPTABLE,
    desc = "not inserted yet, or already evicted")
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "seen")
@State
public class CleanValueCacheStress {
  private static final ConditionSet OURS = audience();
  private static final ConditionSet OTHERS = audience();

  private final CleanValueCache values = new CleanValueCache(4);

  private static ConditionSet audience() {
    BitSet parts = new BitSet();
    parts.set(0);
    return new ConditionSet(parts, List.of(new ConditionSet.ConditionGroup(0, parts)), 0, true);
  }

  private static Value field(String text) {
    return new Value(Target.HEADER, "accept", text);
  }

  /** Adds three values to one bucket of four slots. */
  @Actor
  public void add() {
    values.add(field("*/*"), OURS);
    values.add(field("text/html"), OURS);
    values.add(field("text/plain"), OURS);
  }

  /** Looks up the value. */
  @Actor
  public void lookUp(ZZ_Result result) {
    result.r1 = values.contains(field("*/*"), OURS);
    result.r2 = values.contains(field("*/*"), OTHERS);
  }
}
