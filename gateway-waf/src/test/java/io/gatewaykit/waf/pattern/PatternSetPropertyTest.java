// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The set matches as re2j does, for any pattern and any bytes. */
class PatternSetPropertyTest {

  @Property(tries = 3000, seed = "1")
  void find_anyPatternsAndTexts_equalsRe2j(
      @ForAll("patterns") List<String> patterns, @ForAll("texts") List<String> texts) {
    List<Pattern> oracle = new ArrayList<>();
    for (String pattern : patterns) {
      oracle.add(Pattern.compile(pattern, Pattern.DOTALL));
    }
    PatternSet set = PatternSet.of(patterns);
    for (String text : texts) {
      BitSet expected = new BitSet();
      for (int i = 0; i < oracle.size(); i++) {
        expected.set(i, oracle.get(i).matcher(text).find());
      }
      assertThat(set.find(text.getBytes(StandardCharsets.ISO_8859_1)))
          .as("%s in %s", patterns, text)
          .isEqualTo(expected);
    }
  }

  @Property(tries = 2000, seed = "1")
  void findUnended_anyPatternsAndTexts_matchesForAnyContinuation(
      @ForAll("patterns") List<String> patterns, @ForAll("texts") List<String> texts) {
    PatternSet set = PatternSet.of(patterns);
    BitSet all = new BitSet();
    all.set(0, patterns.size());
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      BitSet found = new BitSet();
      set.search().find(bytes, 0, bytes.length, true, false, all, found);
      for (int i = 0; i < patterns.size() && set.interpreted() == 0; i++) {
        Pattern oracle = Pattern.compile(patterns.get(i), Pattern.DOTALL);
        boolean always =
            oracle.matcher(text + "a").find()
                && oracle.matcher(text + " ").find()
                && oracle.matcher(text).find();
        int end = set.search().firstEnd(i, bytes, 0, bytes.length, true, false);
        assertThat(end >= 0).as("%s in %s", patterns.get(i), text).isEqualTo(found.get(i));
        if (found.get(i)) {
          assertThat(always).as("%s in %s", patterns.get(i), text).isTrue();
        } else if (!patterns.get(i).matches(".*(?:\\$|\\\\[bBzAZ]|\\^).*")) {
          assertThat(oracle.matcher(text).find()).as("%s in %s", patterns.get(i), text).isFalse();
        }
      }
    }
  }

  @Property(tries = 2000, seed = "1")
  void findInside_anyPatternsAndTexts_equalsRe2jBehindTheFirstByte(
      @ForAll("patterns") List<String> patterns, @ForAll("texts") List<String> texts) {
    PatternSet set = PatternSet.of(patterns);
    BitSet all = new BitSet();
    all.set(0, patterns.size());
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      if (bytes.length == 0) {
        continue;
      }
      BitSet found = new BitSet();
      set.search().find(bytes, 1, bytes.length, false, true, all, found);
      for (int i = 0; i < patterns.size(); i++) {
        boolean expected = Pattern.compile(patterns.get(i), Pattern.DOTALL).matcher(text).find(1);
        assertThat(found.get(i)).as("%s in %s", patterns.get(i), text).isEqualTo(expected);
        int end = set.search().firstEnd(i, bytes, 1, bytes.length, false, true);
        assertThat(end >= 0).as("%s in %s", patterns.get(i), text).isEqualTo(expected);
      }
    }
  }

  @Property(tries = 1000, seed = "1")
  void find_noMemory_equalsRe2j(
      @ForAll("patterns") List<String> patterns, @ForAll("longTexts") List<String> texts)
      throws UnsupportedPatternException {
    Program program = new Program();
    for (int i = 0; i < patterns.size(); i++) {
      program.add(Parser.parse(patterns.get(i)), i);
    }
    LazyDfa dfa = new LazyDfa(program, new StateMemory(2_000)); // flushes, then retains no states
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      BitSet found = new BitSet();
      dfa.find(bytes, 0, bytes.length, false, true, found);
      for (int i = 0; i < patterns.size(); i++) {
        assertThat(found.get(i))
            .as("%s in %s", patterns.get(i), text)
            .isEqualTo(Pattern.compile(patterns.get(i), Pattern.DOTALL).matcher(text).find());
      }
    }
  }

  /** The first end is that of the shortest prefix in which re2j finds the pattern. */
  @Property(tries = 2000, seed = "1")
  void firstEnd_anyPatternAndText_isBehindTheMatchThatEndsFirst(
      @ForAll("patterns") List<String> patterns, @ForAll("text") String text) {
    PatternSet.Search search = PatternSet.of(patterns).search();
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < patterns.size(); i++) {
      Pattern pattern = Pattern.compile(patterns.get(i), Pattern.DOTALL);
      int end = search.firstEnd(i, bytes, 0, bytes.length);

      assertThat(end >= 0).as("%s in %s", patterns, text).isEqualTo(pattern.matcher(text).find());
      if (end >= 0 && end < text.length()) { // bytes after the next one do not matter
        assertThat(
                pattern.matcher(text.substring(0, end) + "a").find()
                    || pattern.matcher(text.substring(0, end) + "-").find()
                    || pattern.matcher(text.substring(0, end) + "\n").find())
            .as("%s in %s", patterns, text)
            .isTrue();
      }
    }
  }

  @Property(tries = 10_000, maxDiscardRatio = 40, seed = "1")
  void prefilter_textThatMatches_isNeverSkipped(
      @ForAll("pattern") String pattern, @ForAll("text") String text)
      throws UnsupportedPatternException {
    Assume.that(Pattern.compile(pattern, Pattern.DOTALL).matcher(text).find());
    RequiredLiterals need = LiteralExtractor.of(Parser.parse(pattern)).need();
    Assume.that(!need.isNothing());
    byte[] bytes = ("-" + text + "-").getBytes(StandardCharsets.ISO_8859_1);
    Prefilter.Pass pass = new Prefilter(List.of(need)).new Pass();

    pass.read(bytes, 1, bytes.length - 1);

    assertThat(pass.nextKeyed()).as("%s needs %s", pattern, need).isZero();
    assertThat(pass.mayMatch(0)).as("%s needs %s", pattern, need).isTrue();
  }

  @Provide
  Arbitrary<List<String>> longTexts() {
    return text().list().ofSize(4).map(parts -> String.join("", parts)).list().ofMaxSize(12);
  }

  @Provide
  Arbitrary<List<String>> patterns() {
    return pattern().list().ofMinSize(1).ofMaxSize(4);
  }

  @Provide
  Arbitrary<List<String>> texts() {
    return text().list().ofMinSize(1).ofMaxSize(12);
  }

  @Provide
  Arbitrary<String> text() {
    return Arbitraries.of(
            "a", "b", "A", "k", "_", "1", " ", "\n", "\u00e9", "\u00c9", "\u000b", "-")
        .list()
        .ofMaxSize(14)
        .map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<String> pattern() {
    Arbitrary<String> atoms =
        Arbitraries.of(
            "a",
            "b",
            "k",
            "ab",
            ".",
            "\\w",
            "\\W",
            "\\s",
            "\\S",
            "\\d",
            "\\b",
            "\\B",
            "^",
            "$",
            "\\A",
            "\\z",
            "[ab]",
            "[^ab]",
            "[^k\\s]",
            "[a-k]",
            "[\\w-]",
            "[[:punct:]]",
            "[^[:^upper:]]",
            "\\x0b",
            "\\x{e9}",
            "\u00e9",
            "[]a]",
            "\\-",
            "(?m:^a)",
            "(?m:b$)",
            "(?-s:.)",
            "(?i:K)");
    Arbitrary<String> repeated =
        atoms.flatMap(atom ->
            Arbitraries.of("", "", "", "*", "+", "?", "*?", "{2}", "{0,2}", "{1,}", "{,2}")
                .map(repeat -> "(?:" + atom + ")" + repeat));
    Arbitrary<String> sequence = repeated.list().ofMaxSize(4).map(parts -> String.join("", parts));
    Arbitrary<String> alternatives =
        sequence.list().ofMinSize(1).ofMaxSize(3).map(parts -> String.join("|", parts));
    return Arbitraries.oneOf(
            alternatives,
            alternatives.map(inner -> "(?i)" + inner),
            alternatives.tuple2().map(two -> two.get1() + "(" + two.get2() + ")*b"),
            alternatives.map(inner -> "((" + inner + ")|a)+$"))
        .filter(PatternSetPropertyTest::isValid);
  }

  private static boolean isValid(String pattern) {
    try {
      Pattern.compile(pattern);
      return true;
    } catch (PatternSyntaxException e) {
      return false;
    }
  }
}
