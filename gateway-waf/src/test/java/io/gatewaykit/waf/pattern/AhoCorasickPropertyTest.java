// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The automaton reports exactly the sets with a member contained in the text. */
class AhoCorasickPropertyTest {

  @Property(tries = 3000, seed = "1")
  void scan_anySetsAndTexts_findsContainedOnes(
      @ForAll("sets") List<Set<String>> sets, @ForAll("texts") List<String> texts) {
    AhoCorasick automaton = new AhoCorasick(sets);
    for (String text : texts) {
      long[] reports = new long[AhoCorasick.words(automaton.reports())];
      byte[] bytes = ("ab" + text + "ab").getBytes(StandardCharsets.ISO_8859_1);

      automaton.scan(bytes, 2, bytes.length - 2, reports);
      BitSet seen = new BitSet();
      BitSet.valueOf(reports).stream()
          .forEach(report -> seen.or(BitSet.valueOf(automaton.sets(report))));

      String folded = text.toLowerCase(Locale.ROOT);
      for (int i = 0; i < sets.size(); i++) {
        assertThat(seen.get(i))
            .as("%s in %s", sets.get(i), text)
            .isEqualTo(sets.get(i).stream().anyMatch(folded::contains));
      }
    }
  }

  @Provide
  Arbitrary<List<Set<String>>> sets() {
    return word("abc1").set().ofMaxSize(4).list().ofMinSize(1).ofMaxSize(70);
  }

  @Provide
  Arbitrary<List<String>> texts() {
    return word("abcABC1-").list().ofMaxSize(8);
  }

  private static Arbitrary<String> word(String letters) {
    return Arbitraries.strings().withChars(letters.toCharArray()).ofMinLength(1).ofMaxLength(6);
  }
}
