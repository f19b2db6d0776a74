// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * A {@link RequiredLiterals} compiled for repeated evaluation: a list of tests, each with the index
 * of the next test for either result. Immutable.
 */
final class LiteralFilter {
  private static final int YES = -1;
  private static final int NO = -2;
  // ints per test: number of a set, next if seen, next if not seen
  private static final int WIDTH = 3;

  private final int[] tests;
  private final int start;

  private LiteralFilter(int[] tests, int start) {
    this.tests = tests;
    this.start = start;
  }

  /** Compiles a condition; {@code number} maps each set of texts to its number. */
  static LiteralFilter of(RequiredLiterals literals, ToIntFunction<RequiredLiterals.OneOf> number) {
    List<int[]> tests = new ArrayList<>();
    int start = compile(literals, YES, NO, number, tests);
    return new LiteralFilter(tests.stream().flatMapToInt(Arrays::stream).toArray(), start);
  }

  /** Compiles from the end to the start, and returns the index of the condition's first test. */
  private static int compile(
      RequiredLiterals literals,
      int yes,
      int no,
      ToIntFunction<RequiredLiterals.OneOf> number,
      List<int[]> tests) {
    if (literals instanceof RequiredLiterals.OneOf oneOf) {
      tests.add(new int[] {number.applyAsInt(oneOf), yes, no});
      return (tests.size() - 1) * WIDTH;
    }
    if (literals instanceof RequiredLiterals.All all) {
      int start = yes;
      // backwards, so that the rarest part is tested first
      for (int i = all.parts().size() - 1; i >= 0; i--) {
        start = compile(all.parts().get(i), start, no, number, tests);
      }
      return start;
    }
    int start = no;
    for (RequiredLiterals part : ((RequiredLiterals.Any) literals).parts()) {
      start = compile(part, yes, start, number, tests);
    }
    return start;
  }

  /** Returns the number of the set in the first test. */
  int firstSet() {
    return tests[start];
  }

  /** Returns whether a text in which these sets were found meets the condition. */
  boolean holds(long[] seen) {
    int at = start;
    while (at >= 0) {
      int set = tests[at];
      at = (seen[set >> 6] >>> set & 1) != 0 ? tests[at + 1] : tests[at + 2];
    }
    return at == YES;
  }
}
