package io.gatewaykit.waf.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells in one pass which patterns a text may match. Each pattern has keys, sets of texts of which
 * one has a member in every match; the rest of what a pattern needs is asked only where a key of it
 * was seen. Immutable and thread-safe.
 */
final class Prefilter {
  private final NeedCheck[] checks;
  private final AhoCorasick texts;
  private final int sets;
  private final long[][] patternsOfKey; // by the number of the set; null for those that are no key

  /** Takes the needs of the patterns in their order. None of them may be nothing. */
  Prefilter(List<Need> needs) {
    Map<Need.OneOf, Integer> numbers = new LinkedHashMap<>();
    checks = new NeedCheck[needs.size()];
    for (int i = 0; i < checks.length; i++) {
      checks[i] =
          NeedCheck.of(needs.get(i), set -> numbers.computeIfAbsent(set, s -> numbers.size()));
    }
    sets = numbers.size();
    patternsOfKey = new long[sets][];
    for (int i = 0; i < checks.length; i++) {
      int pattern = i;
      needs
          .get(i)
          .keys(key -> {
            int set = numbers.getOrDefault(key, 0); // all are numbered by the checks
            if (patternsOfKey[set] == null) {
              patternsOfKey[set] = new long[AhoCorasick.words(checks.length)];
            }
            patternsOfKey[set][pattern >> 6] |= 1L << pattern;
          });
    }
    texts =
        new AhoCorasick(new ArrayList<>(numbers.keySet()).stream().map(Need.OneOf::texts).toList());
  }

  /** Returns how many states the automaton of the texts has. */
  int states() {
    return texts.states();
  }

  /** The working memory of one pass, to be used again. Not thread-safe. */
  final class Pass {
    private final long[] reports = new long[AhoCorasick.words(texts.reports())];
    private final long[] seen = new long[AhoCorasick.words(sets)];
    private final long[] keyed = new long[AhoCorasick.words(checks.length)];
    private int word;

    /** Reads a part of a text. */
    void read(byte[] text, int from, int to) {
      Arrays.fill(seen, 0);
      Arrays.fill(keyed, 0);
      word = 0;
      texts.scan(text, from, to, reports, seen);
      for (int w = 0; w < seen.length; w++) {
        for (long rest = seen[w]; rest != 0; rest &= rest - 1) {
          long[] patterns = patternsOfKey[w * 64 + Long.numberOfTrailingZeros(rest)];
          if (patterns != null) {
            for (int k = 0; k < keyed.length; k++) {
              keyed[k] |= patterns[k];
            }
          }
        }
      }
    }

    /** Returns the next pattern with a key in the text, in their order, or -1. */
    int nextKeyed() {
      while (word < keyed.length) {
        long rest = keyed[word];
        if (rest != 0) {
          keyed[word] = rest & (rest - 1);
          return word * 64 + Long.numberOfTrailingZeros(rest);
        }
        word++;
      }
      return -1;
    }

    /** Tells whether the text has all that a pattern needs. */
    boolean mayMatch(int pattern) {
      return checks[pattern].holds(seen);
    }
  }
}
