// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Determines in a single pass which patterns a text may match. Each pattern has keys: sets of texts
 * such that every match contains a member of one of them. The remaining literals that a pattern
 * requires are checked only if one of its keys was seen. Immutable and thread-safe.
 */
final class Prefilter {
  private final LiteralFilter[] checks;
  private final AhoCorasick texts;
  private final int setWords;
  private final int words; // for the sets, followed by those for the patterns

  /** By report of the automaton: its sets, followed by the patterns of which they are keys. */
  private final long[][] reports;

  /**
   * Creates a prefilter from the required literals of the patterns, in order. None may be {@link
   * RequiredLiterals#nothing}.
   */
  Prefilter(List<RequiredLiterals> needs) {
    Map<RequiredLiterals.OneOf, Integer> numbers = new LinkedHashMap<>();
    checks = new LiteralFilter[needs.size()];
    for (int i = 0; i < checks.length; i++) {
      checks[i] =
          LiteralFilter.of(needs.get(i), set -> numbers.computeIfAbsent(set, s -> numbers.size()));
    }
    long[][] patternsOfKey = new long[numbers.size()][AhoCorasick.words(checks.length)];
    for (int i = 0; i < checks.length; i++) {
      int pattern = i;
      needs
          .get(i)
          .keys(key -> {
            // always present, because the checks have numbered all sets
            int set = numbers.getOrDefault(key, 0);
            patternsOfKey[set][pattern >> 6] |= 1L << pattern;
          });
    }
    texts = new AhoCorasick(numbers.keySet().stream().map(RequiredLiterals.OneOf::texts).toList());
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

  /** Returns the index after the first member of the first set that a pattern requires, or -1. */
  int firstEnd(int pattern, byte[] text, int from, int to) {
    return texts.firstEnd(checks[pattern].firstSet(), text, from, to);
  }

  /** The reusable working memory of a pass. Not thread-safe. */
  final class Pass {
    private final long[] reported = new long[AhoCorasick.words(reports.length)];
    private final long[] seen = new long[words]; // sets, followed by patterns with a key among them
    private int word;

    /** Scans a section of a text. */
    void read(byte[] text, int from, int to) {
      Arrays.fill(seen, 0);
      word = setWords;
      long marked = texts.scan(text, from, to, reported);
      for (; marked != 0; marked &= marked - 1) {
        for (int w = Long.numberOfTrailingZeros(marked); w < reported.length; w += 64) {
          add(w);
        }
      }
    }

    private void add(int w) {
      for (long rest = reported[w]; rest != 0; rest &= rest - 1) {
        long[] report = reports[w * 64 + Long.numberOfTrailingZeros(rest)];
        for (int k = 0; k < report.length; k++) {
          seen[k] |= report[k];
        }
      }
      reported[w] = 0;
    }

    /** Returns the next pattern with a key in the text, in ascending order, or -1. */
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

    /** Returns whether the text contains all literals that a pattern requires. */
    boolean mayMatch(int pattern) {
      return checks[pattern].holds(seen);
    }
  }
}
