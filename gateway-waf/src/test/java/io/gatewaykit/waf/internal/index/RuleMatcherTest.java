// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.index;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.waf.BuiltinRulesTest;
import io.gatewaykit.waf.internal.body.Section;
import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.internal.rules.BuiltinRules;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Candidates and certain matches, compared with separate evaluation of each operator. */
class RuleMatcherTest {
  private static final List<Condition> BUILT_IN =
      BuiltinRules.all().stream().flatMap(rule -> rule.conditions().stream()).toList();
  private static final OperatorEvaluator QUESTIONS = new OperatorEvaluator();
  private static final RuleMatcher OF_BUILT_IN = new RuleMatcher(BUILT_IN);

  private static final List<Condition> CHOSEN =
      List.of(
          condition(new Operator.Matches("a[\\x80-\\xff]"), false),
          condition(new Operator.Matches("a[^\\xff]b"), false),
          condition(new Operator.Matches("\\xff$"), false),
          condition(new Operator.Matches("\\x{100}"), false),
          condition(new Operator.Matches("\\p{Greek}"), false),
          condition(new Operator.Matches("(?i)\\bk"), false),
          condition(new Operator.Matches("(?i)s."), false),
          condition(new Operator.Matches("^[^ab]+$"), false),
          condition(new Operator.Matches("a\\xff"), true),
          condition(new Operator.Phrases(List.of("ab", "k b")), false),
          condition(new Operator.Phrases(List.of("\u00e9a")), false));

  private static final RuleMatcher OF_CHOSEN = new RuleMatcher(CHOSEN);

  private static Condition condition(Operator operator, boolean negated) {
    return new Condition(List.of(), List.of(), operator, negated);
  }

  @Property(tries = 5000, seed = "1")
  void candidates_anyBytes_haveAllThatHold(@ForAll("texts") String text) {
    assertThat(wrong(OF_CHOSEN, CHOSEN, text)).as("%s", text).isEmpty();
  }

  @Property(tries = 300, seed = "1")
  void candidates_builtInConditions_haveAllThatHold(@ForAll("attacks") String text) {
    assertThat(wrong(OF_BUILT_IN, BUILT_IN, text)).as("%s", text).isEmpty();
  }

  /**
   * Combines and mutates the samples of the rules, seeded. {@code -Dgatewaykit.waf.fuzz=N} sets the
   * number of rounds.
   */
  @Test
  void candidates_mixedSamples_areThoseThatHold() throws IOException {
    List<String> samples = BuiltinRulesTest.samples().stream().map(s -> lower(s.text())).toList();
    Random random = new Random(20260);
    int count = Integer.getInteger("gatewaykit.waf.fuzz", 400);
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder();
      for (int part = random.nextInt(3); part >= 0; part--) {
        String sample = samples.get(random.nextInt(samples.size()));
        int from = random.nextInt(4) == 0 ? random.nextInt(sample.length()) : 0;
        text.append(sample, from, sample.length());
        if (random.nextBoolean()) {
          text.append((char) random.nextInt(256));
        }
      }
      if (random.nextBoolean()) {
        text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(256));
      }
      assertThat(wrong(OF_BUILT_IN, BUILT_IN, text.toString())).as("%s", text).isEmpty();
    }
  }

  private static String lower(String text) {
    return Decoding.lowercase(text);
  }

  @Test
  void match_phraseBeyondAscii_isComparedByBytes() {
    Operator phrase = new Operator.Phrases(List.of("\u00e9")); // C3 A9

    assertThat(QUESTIONS.match(phrase, "x\u00c3\u00a9")).containsExactly(1, 3);
    assertThat(QUESTIONS.match(phrase, "x\u00e3\u00a9")).isNull();
  }

  /** Returns the conditions that hold but are missing, or that are wrongly reported as certain. */
  private static List<Condition> wrong(
      RuleMatcher matcher, List<Condition> conditions, String text) {
    BitSet all = new BitSet();
    all.set(0, conditions.size());
    BitSet candidates = new BitSet();
    matcher.pass().candidates(text.getBytes(ISO_8859_1), Section.WHOLE, all, candidates);
    List<Condition> wrong = new ArrayList<>();
    for (int i = 0; i < conditions.size(); i++) {
      Condition condition = conditions.get(i);
      boolean holds = (QUESTIONS.match(condition.operator(), text) != null) != condition.negated();
      boolean leftOut = holds && !candidates.get(i);
      boolean invented = !holds && candidates.get(i) && matcher.isExact(i);
      if (leftOut || invented) {
        wrong.add(condition);
      }
    }
    return wrong;
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of("a", "b", "k", "\u00ff", "\u00e9", "?", " ", "\u0080", "S", "\n", "\0")
        .list()
        .ofMaxSize(8)
        .map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<String> attacks() {
    return Arbitraries.of(
            "' or 1=1 -- ",
            "<img src=x onerror",
            "=alert(1)",
            "../",
            "/etc/passwd",
            "%00",
            "\u00ff",
            "${jndi:ldap://",
            "{{7*7}}",
            ";cat ",
            "\u00e4\u00b8",
            "union select ",
            "\u00c9",
            "<?php ",
            "eval($_post[1])",
            "\r\nset-cookie: a=b",
            "http://127.0.0.1/",
            "$where",
            "hello ")
        .list()
        .ofMaxSize(4)
        .map(parts -> String.join("", parts));
  }
}
