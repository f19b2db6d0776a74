// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.waf.internal.rules.BuiltinRules;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Time is linear in the text for every pattern. Work is counted, not timed. */
class LinearTimeTest {
  private static final int LENGTH = 3_000;

  /** Slow in backtracking engines (OWASP, ReDoS; Davis et al., "ReDoS in practice"). */
  private static final List<String> CLASSICAL =
      List.of(
          "(a+)+$",
          "([a-zA-Z]+)*$",
          "(a|aa)+$",
          "(a|a?)+$",
          "(.*a){20}$",
          "^(([a-z])+.)+[A-Z]([a-z])+$",
          "(x+x+)+y",
          "(a*)*b",
          "a?a?a?a?a?a?a?a?a?a?aaaaaaaaaa",
          "(?:a|b|ab)*c",
          "(\\w+\\s?)+$",
          "^(\\w+\\s?\\w+)*;$",
          "(?:.*,){11}P",
          "(a|b)*a(a|b){12}",
          "\\b(?:\\w+)*\\b!");

  private static final List<String> SEEDS =
      List.of(
          "a", "ab", "a ", "' or ", "$(", "<a ", "../", "(", ")", "a,", ";", "%", "\"'", "1=1 ",
          "{{", "&", "select ", "\n", "\u00ff", "aX");

  static Stream<String> patterns() {
    Stream<String> builtIn =
        BuiltinRules.all().stream()
            .flatMap(rule -> rule.conditions().stream())
            .map(Condition::operator)
            .filter(Operator.Matches.class::isInstance)
            .map(operator -> ((Operator.Matches) operator).regex());
    return Stream.concat(CLASSICAL.stream(), builtIn.distinct());
  }

  @ParameterizedTest
  @MethodSource("patterns")
  void find_textTwiceAsLong_costsTwiceTheWork(String pattern) throws UnsupportedPatternException {
    for (String seed : SEEDS) {
      long once = work(pattern, text(seed, LENGTH), 1 << 20);
      long twice = work(pattern, text(seed, 2 * LENGTH), 1 << 20);
      assertThat(twice).as("%s on %s", pattern, seed).isLessThanOrEqualTo(once * 22 / 10);
    }
  }

  @ParameterizedTest
  @MethodSource("patterns")
  void find_noMemoryForStates_costsTwiceTheWork(String pattern) throws UnsupportedPatternException {
    for (String seed : List.of("a", "' or ", "<a ", "(", "1=1 ")) {
      long once = work(pattern, text(seed, LENGTH), 0);
      long twice = work(pattern, text(seed, 2 * LENGTH), 0);
      assertThat(twice).as("%s on %s", pattern, seed).isLessThanOrEqualTo(once * 22 / 10);
    }
  }

  private static String text(String seed, int length) {
    return seed.repeat(length / seed.length()) + "!";
  }

  /** Returns the bytes read and nodes visited by a new automaton with this state memory. */
  private static long work(String pattern, String text, long memory)
      throws UnsupportedPatternException {
    LazyDfa dfa = dfa(pattern, new StateMemory(memory));
    long before = dfa.visits();
    byte[] bytes = text.getBytes(ISO_8859_1);
    find(dfa, bytes);
    return bytes.length + dfa.visits() - before;
  }

  @Test
  void find_memoryUsedByAnotherAutomaton_stillKeepsStates() throws UnsupportedPatternException {
    StateMemory memory = new StateMemory(200_000);
    LazyDfa greedy = dfa("[ab]*a[ab]{11}$", memory);
    LazyDfa modest = dfa("[ab]*a[ab]{5}$", memory);
    Random random = new Random(7);
    for (int i = 0; i < 20; i++) { // the first one repeatedly uses all remaining memory
      find(greedy, text(random, 300));
    }
    byte[] text = text(random, 3_000);

    find(modest, text);
    find(modest, text);
    long visits = modest.visits();
    find(modest, text);

    assertThat(greedy.states() + modest.states()).isGreaterThan(100);
    assertThat(modest.visits()).isEqualTo(visits);
  }

  private static byte[] text(Random random, int length) {
    byte[] text = new byte[length];
    for (int i = 0; i < length; i++) {
      text[i] = (byte) (random.nextBoolean() ? 'a' : 'b');
    }
    return text;
  }

  private static LazyDfa dfa(String pattern, StateMemory memory)
      throws UnsupportedPatternException {
    Program program = new Program();
    program.add(Parser.parse(pattern), 0);
    return new LazyDfa(program, memory);
  }

  private static void find(LazyDfa dfa, byte[] text) {
    dfa.find(text, 0, text.length, false, true, new BitSet());
  }

  @Test
  void of_deepPattern_isRejectedWithAClearError() {
    String deep = "(?:".repeat(100_000) + "a" + ")*".repeat(100_000);

    assertThatThrownBy(() -> PatternSet.of("a", deep.substring(0, 9_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("pattern 1: regex: (?:")
        .hasMessageEndingWith("(expected: at most 200 nested groups; index 600)");
    assertThatThrownBy(() -> PatternSet.of(deep))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("characters (expected: at most 16384)");
  }

  @Test
  void find_deepestPatternsAllowed_neverOverflowTheStack() {
    byte[] text = "a".repeat(30_000).getBytes(ISO_8859_1);
    for (String pattern :
        List.of(
            "(?:".repeat(200) + "a" + ")*".repeat(200) + "$",
            "(?:b|".repeat(200) + "a" + ")".repeat(200),
            "a?".repeat(8_000) + "$",
            "(?:a|ab?)+".repeat(1_000),
            "((a{0,30}){0,30})$")) {
      assertThat(PatternSet.of(pattern).find(text).get(0)).isTrue();
    }
  }
}
