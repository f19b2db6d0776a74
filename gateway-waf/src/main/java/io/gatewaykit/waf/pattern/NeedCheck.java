package io.gatewaykit.waf.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * A {@link Need} made ready to be asked often: a list of tests, each of which says where to go on
 * if it holds and if not. Immutable.
 */
final class NeedCheck {
  private static final int YES = -1;
  private static final int NO = -2;
  private static final int WIDTH = 3; // the number of a set, where to go if seen, where if not

  private final int[] tests;
  private final int start;

  private NeedCheck(int[] tests, int start) {
    this.tests = tests;
    this.start = start;
  }

  /** Compiles a need; {@code number} gives each set of texts its number. */
  static NeedCheck of(Need need, ToIntFunction<Need.OneOf> number) {
    List<int[]> tests = new ArrayList<>();
    int start = compile(need, YES, NO, number, tests);
    return new NeedCheck(tests.stream().flatMapToInt(Arrays::stream).toArray(), start);
  }

  /** Builds from the end to the beginning, and returns where this need begins. */
  private static int compile(
      Need need, int yes, int no, ToIntFunction<Need.OneOf> number, List<int[]> tests) {
    if (need instanceof Need.OneOf oneOf) {
      tests.add(new int[] {number.applyAsInt(oneOf), yes, no});
      return (tests.size() - 1) * WIDTH;
    }
    if (need instanceof Need.All all) {
      int start = yes;
      for (int i = all.parts().size() - 1; i >= 0; i--) { // so that the rarest is asked first
        start = compile(all.parts().get(i), start, no, number, tests);
      }
      return start;
    }
    int start = no;
    for (Need part : ((Need.Any) need).parts()) {
      start = compile(part, yes, start, number, tests);
    }
    return start;
  }

  /** Returns the number of the set that the first test asks for. */
  int firstSet() {
    return tests[start];
  }

  /** Tells whether a text in which these sets were seen has what is needed. */
  boolean holds(long[] seen) {
    int at = start;
    while (at >= 0) {
      int set = tests[at];
      at = (seen[set >> 6] >>> set & 1) != 0 ? tests[at + 1] : tests[at + 2];
    }
    return at == YES;
  }
}
