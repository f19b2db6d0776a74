package io.gatewaykit.waf.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A {@link Need} made ready to be asked often: a list of tests, each of which says where to go on
 * if it holds and if not. Immutable.
 */
final class NeedCheck {
  private static final int YES = -1;
  private static final int NO = -2;
  private static final int WIDTH = 3; // a test, where to go if it holds, where if not

  private final int[] tests;
  private final int start;

  private NeedCheck(int[] tests, int start) {
    this.tests = tests;
    this.start = start;
  }

  static NeedCheck of(Need need) {
    List<int[]> tests = new ArrayList<>();
    int start = compile(need, YES, NO, tests);
    return new NeedCheck(tests.stream().flatMapToInt(Arrays::stream).toArray(), start);
  }

  /** Builds from the end to the beginning, and returns where this need begins. */
  private static int compile(Need need, int yes, int no, List<int[]> tests) {
    if (need instanceof Need.Pair pair) {
      tests.add(new int[] {BytePairs.number(pair.first(), pair.second()), yes, no});
      return (tests.size() - 1) * WIDTH;
    }
    if (need instanceof Need.Single single) {
      tests.add(new int[] {~single.value(), yes, no});
      return (tests.size() - 1) * WIDTH;
    }
    if (need instanceof Need.All all) {
      int start = yes;
      for (Need part : rarestLast(all.parts())) { // so that it is asked first
        start = compile(part, start, no, tests);
      }
      return start;
    }
    int start = no;
    for (Need part : ((Need.Any) need).parts()) {
      start = compile(part, yes, start, tests);
    }
    return start;
  }

  private static List<Need> rarestLast(List<Need> parts) {
    return parts.stream().sorted(Comparator.comparingDouble(Need::frequency).reversed()).toList();
  }

  /** Tells whether a text with these pairs has what is needed. */
  boolean holds(BytePairs text) {
    int at = start;
    while (at >= 0) {
      int test = tests[at];
      boolean holds = test >= 0 ? text.holdsPair(test) : text.holds(~test);
      at = tests[holds ? at + 1 : at + 2];
    }
    return at == YES;
  }
}
