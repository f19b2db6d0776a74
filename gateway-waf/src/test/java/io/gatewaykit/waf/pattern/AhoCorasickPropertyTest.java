package io.gatewaykit.waf.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The automaton sees exactly the sets of which a text contains a member. */
class AhoCorasickPropertyTest {

  @Property(tries = 3000)
  void scan_anySetsAndTexts_seesWhatIsContained(
      @ForAll("sets") List<Set<String>> sets, @ForAll("texts") List<String> texts) {
    AhoCorasick automaton = new AhoCorasick(sets);
    long[] scratch = new long[AhoCorasick.words(automaton.reports())];
    for (String text : texts) {
      long[] seen = new long[AhoCorasick.words(sets.size())];
      byte[] bytes = ("ab" + text + "ab").getBytes(StandardCharsets.ISO_8859_1);

      automaton.scan(bytes, 2, bytes.length - 2, scratch, seen);

      String folded = text.toLowerCase(Locale.ROOT);
      for (int i = 0; i < sets.size(); i++) {
        assertThat((seen[i >> 6] >>> i & 1) != 0)
            .as("%s in %s", sets.get(i), text)
            .isEqualTo(sets.get(i).stream().anyMatch(folded::contains));
      }
      assertThat(scratch).isEqualTo(new long[scratch.length]);
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
