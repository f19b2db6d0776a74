// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PatternSetTest {

  @Test
  void find_thousandsOfPhrases_needNoAutomatonOfTheirOwn() {
    List<String> phrases = IntStream.range(0, 9_000).mapToObj(i -> "Word-" + i + "-End").toList();
    PatternSet set = PatternSet.builder().phrases(phrases).pattern("-77-").build();

    assertThat(set.find("a wORD-77-eND b".getBytes(UTF_8)).stream()).containsExactly(0, 1);
    assertThat(set.find("word-9000-end".getBytes(UTF_8)).isEmpty()).isTrue();
    assertThat(set.states()).isLessThanOrEqualTo(5);
  }

  @Test
  void find_phraseLongerThanAWindow_isFoundCompletely() {
    String phrase = "0123456789".repeat(9);
    PatternSet set = PatternSet.builder().phrases(List.of(phrase)).build();

    assertThat(set.find(("x" + phrase).getBytes(UTF_8)).get(0)).isTrue();
    assertThat(set.find(phrase.substring(1).getBytes(UTF_8)).get(0)).isFalse();
  }

  @Test
  void find_partOfAText_ignoresTextAroundIt() {
    PatternSet set = PatternSet.of("^b$", "a", "\\bb\\b");
    BitSet all = new BitSet();
    all.set(0, 3);
    BitSet found = new BitSet();

    set.search().find("abc".getBytes(UTF_8), 1, 2, all, found);

    assertThat(found.stream()).containsExactly(0, 2);
  }

  @Test
  void find_unwantedPattern_isLeftOut() {
    PatternSet set = PatternSet.of("a+", "ab", "^", "\\pL");
    BitSet wanted = new BitSet();
    wanted.set(1);
    BitSet found = new BitSet();

    set.search().find("ab".getBytes(UTF_8), 0, 2, wanted, found);

    assertThat(found.get(1)).isTrue();
    assertThat(found.get(3)).isFalse();
  }

  @Test
  void find_patternOfUnicode_isLeftToRe2j() {
    PatternSet set = PatternSet.of("\\p{Lu}x");

    assertThat(set.interpreted()).isEqualTo(1);
    assertThat(set.find("\u00c9x".getBytes(ISO_8859_1)).get(0)).isTrue();
    assertThat(set.find("\u00e9x".getBytes(ISO_8859_1)).get(0)).isFalse();
  }

  /** Found by fuzzing. */
  @Test
  void find_repeatBehindFlags_repeatsWhatIsBeforeThem() {
    PatternSet set = PatternSet.of("^a(?s)*$", "^(b(?i){2})$", "^c(?:(?s))*d$");

    assertThat(set.find("aa".getBytes(UTF_8)).stream()).containsExactly(0);
    assertThat(set.find("bb".getBytes(UTF_8)).stream()).containsExactly(1);
    assertThat(set.find("b".getBytes(UTF_8)).isEmpty()).isTrue();
    assertThat(set.find("cd".getBytes(UTF_8)).stream()).containsExactly(2);
  }

  @Test
  void find_statesBeyondTheBound_areDropped() {
    PatternSet set = PatternSet.builder().pattern("(a|b)*a(a|b){9}$").stateBytes(10_000).build();
    for (int i = 0; i < 500; i++) {
      String text = Integer.toBinaryString(i * 7919 + 65_536).replace('0', 'a').replace('1', 'b');
      boolean expected = text.charAt(text.length() - 10) == 'a';
      assertThat(set.find(text.getBytes(UTF_8)).get(0)).as(text).isEqualTo(expected);
      assertThat(set.states()).isLessThan(120);
    }
  }

  @Test
  void builder_badMembers_areRejectedByNumberAndReason() {
    assertThatThrownBy(() -> PatternSet.of("a", "b(c"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "pattern 1: regex: b(c (expected: an RE2 pattern; missing closing ) at index 0)");
    assertThatThrownBy(() -> PatternSet.of("(?=a)"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: an RE2 pattern");
    assertThatThrownBy(() -> PatternSet.builder().phrases(List.of("a", "\u00e9")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("phrase: \"\u00e9\" (expected: ASCII, not empty)");
    assertThatThrownBy(() -> PatternSet.builder().phrases(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("phrases: 0 (expected: 1..20000)");
    assertThatThrownBy(() -> PatternSet.builder().stateBytes(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("stateBytes: -1 (expected: 0..");
  }
}
