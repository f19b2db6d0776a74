package io.gatewaykit.waf.pattern;

import java.util.Arrays;
import java.util.BitSet;
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
  private final int setWords;
  private final int words; // of sets, then of patterns

  /** For each report of the automaton the sets it is about, then the patterns they are keys of. */
  private final long[][] reports;

  /** Takes the needs of the patterns in their order. None of them may be nothing. */
  Prefilter(List<Need> needs) {
    Map<Need.OneOf, Integer> numbers = new LinkedHashMap<>();
    checks = new NeedCheck[needs.size()];
    for (int i = 0; i < checks.length; i++) {
      checks[i] =
          NeedCheck.of(needs.get(i), set -> numbers.computeIfAbsent(set, s -> numbers.size()));
    }
    long[][] patternsOfKey = new long[numbers.size()][AhoCorasick.words(checks.length)];
    for (int i = 0; i < checks.length; i++) {
      int pattern = i;
      needs
          .get(i)
          .keys(key -> {
            int set = numbers.getOrDefault(key, 0); // all are numbered by the checks
            patternsOfKey[set][pattern >> 6] |= 1L << pattern;
          });
    }
    texts = new AhoCorasick(numbers.keySet().stream().map(Need.OneOf::texts).toList());
    setWords = AhoCorasick.words(numbers.size());
    words = setWords + AhoCorasick.words(checks.length);
    reports = new long[texts.reports()][];
    for (int i = 0; i < reports.length; i++) {
      reports[i] = report(texts.sets(i), patternsOfKey);
    }
  }

  private long[] report(long[] sets, long[][] patternsOfKey) {
    long[] report = Arrays.copyOf(sets, words);
    BitSet.valueOf(sets).stream()
        .forEach(set -> {
          for (int w = setWords; w < words; w++) {
            report[w] |= patternsOfKey[set][w - setWords];
          }
        });
    return report;
  }

  /**
   * Returns the index behind the first text that the first of a pattern's needs asks for, or -1.
   */
  int firstEnd(int pattern, byte[] text, int from, int to) {
    return texts.firstEnd(checks[pattern].firstSet(), text, from, to);
  }

  /** The working memory of one pass, to be used again. Not thread-safe. */
  final class Pass {
    private final long[] reported = new long[AhoCorasick.words(reports.length)];
    private final long[] seen = new long[words]; // sets, then patterns with a key among them
    private int word;

    /** Reads a part of a text. */
    void read(byte[] text, int from, int to) {
      Arrays.fill(seen, 0);
      word = setWords;
      texts.scan(text, from, to, reported);
      for (int w = 0; w < reported.length; w++) {
        for (long rest = reported[w]; rest != 0; rest &= rest - 1) {
          long[] report = reports[w * 64 + Long.numberOfTrailingZeros(rest)];
          for (int k = 0; k < report.length; k++) {
            seen[k] |= report[k];
          }
        }
        reported[w] = 0;
      }
    }

    /** Returns the next pattern with a key in the text, in their order, or -1. */
    int nextKeyed() {
      while (word < words) {
        long rest = seen[word];
        if (rest != 0) {
          seen[word] = rest & (rest - 1);
          return (word - setWords) * 64 + Long.numberOfTrailingZeros(rest);
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
