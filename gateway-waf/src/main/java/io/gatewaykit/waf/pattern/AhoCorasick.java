// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds which of many sets of texts have a member in a text, in a single pass with one table
 * look-up for each byte, regardless of the number of sets [1]. Texts are {@link FoldedByte folded}.
 * Immutable and thread-safe.
 *
 * <p>A state is the index of its row in the table. A row contains the next state for each class of
 * bytes, followed by the number of the state's report. States with a report have the highest
 * numbers, so a single comparison distinguishes them.
 *
 * <ol>
 *   <li>A. Aho and M. Corasick, "Efficient String Matching: An Aid to Bibliographic Search", CACM
 *       18(6), 1975
 * </ol>
 */
final class AhoCorasick {
  private final byte[] classes = new byte[256];
  private final int width; // number of classes
  private final int[] table;
  private final int firstReporting;
  private final long[][] reports; // bit sets of reported sets

  /** Builds the automaton. The sets are numbered from 0. */
  AhoCorasick(List<? extends Collection<String>> sets) {
    width = classes(sets);
    List<int[]> nodes = new ArrayList<>(); // of the trie, later of the automaton
    List<BitSet> found = new ArrayList<>();
    nodes.add(new int[width]);
    found.add(new BitSet());
    for (int set = 0; set < sets.size(); set++) {
      for (String text : sets.get(set)) {
        found.get(insert(text, nodes, found)).set(set);
      }
    }
    close(nodes, found);
    Map<BitSet, Integer> numbers = new HashMap<>();
    List<long[]> distinct = new ArrayList<>();
    int[] row = new int[nodes.size()];
    int next = 0;
    for (boolean reporting : new boolean[] {false, true}) {
      for (int i = 0; i < row.length; i++) {
        if (found.get(i).isEmpty() != reporting) {
          row[i] = next;
          next += width + 1;
        }
      }
    }
    table = new int[next];
    int first = next;
    for (int i = 0; i < row.length; i++) {
      for (int c = 0; c < width; c++) {
        table[row[i] + c] = row[nodes.get(i)[c]];
      }
      BitSet reported = found.get(i);
      if (!reported.isEmpty()) {
        first = Math.min(first, row[i]);
        table[row[i] + width] =
            numbers.computeIfAbsent(
                reported,
                key -> {
                  distinct.add(Arrays.copyOf(key.toLongArray(), words(sets.size())));
                  return distinct.size() - 1;
                });
      }
    }
    firstReporting = first;
    reports = distinct.toArray(new long[0][]);
  }

  static int words(int bits) {
    return (bits + 63) / 64;
  }

  /** Returns the number of distinct reports, each of which is a combination of sets. */
  int reports() {
    return reports.length;
  }

  /**
   * Assigns class numbers from 1 to the bytes that occur, most frequent first, so that most steps
   * read the start of a row and these parts stay in the processor's caches. All other bytes are
   * class 0.
   */
  private int classes(List<? extends Collection<String>> sets) {
    BitSet used = new BitSet();
    sets.forEach(texts -> texts.forEach(text -> text.chars().forEach(used::set)));
    List<Integer> byFrequency =
        used.stream()
            .boxed()
            .sorted(Comparator.comparingDouble(folded -> -FoldedByte.frequency(folded)))
            .toList();
    int[] ofFolded = new int[FoldedByte.BEYOND + 1];
    byFrequency.forEach(folded -> ofFolded[folded] = 1 + byFrequency.indexOf(folded));
    for (int i = 0; i < 256; i++) {
      classes[i] = (byte) ofFolded[FoldedByte.fold(i)];
    }
    return 1 + byFrequency.size();
  }

  private int insert(String text, List<int[]> nodes, List<BitSet> found) {
    int at = 0;
    for (int i = 0; i < text.length(); i++) {
      int symbol = classes[text.charAt(i)];
      if (nodes.get(at)[symbol] == 0) {
        nodes.get(at)[symbol] = nodes.size();
        nodes.add(new int[width]);
        found.add(new BitSet());
      }
      at = nodes.get(at)[symbol];
    }
    return at;
  }

  /**
   * Turns the trie into an automaton: missing edges lead to the longest suffix that has the edge.
   */
  private void close(List<int[]> nodes, List<BitSet> found) {
    int[] fallback = new int[nodes.size()];
    ArrayDeque<Integer> queue = new ArrayDeque<>();
    for (int child : nodes.get(0)) {
      if (child != 0) {
        queue.add(child);
      }
    }
    while (!queue.isEmpty()) {
      int at = queue.remove();
      int[] behind = nodes.get(fallback[at]);
      found.get(at).or(found.get(fallback[at]));
      int[] here = nodes.get(at);
      for (int c = 0; c < width; c++) {
        if (here[c] == 0) {
          here[c] = behind[c];
        } else {
          fallback[here[c]] = behind[c];
          queue.add(here[c]);
        }
      }
    }
  }

  /** Returns the sets of a report, as bits. */
  long[] sets(int report) {
    return reports[report];
  }

  /** Returns the index after the first member of a set in a section of the text, or -1. */
  int firstEnd(int set, byte[] text, int from, int to) {
    int state = 0;
    for (int i = from; i < to; i++) {
      state = table[state + classes[text[i] & 0xFF]];
      if (state >= firstReporting && (reports[table[state + width]][set >> 6] >>> set & 1) != 0) {
        return i + 1;
      }
    }
    return -1;
  }

  /**
   * Adds a bit to {@code seen} for each report in a section of the text; see {@link #sets}. A text
   * has few distinct reports.
   *
   * @return a bit for each non-zero word of {@code seen}, its index modulo 64
   */
  long scan(byte[] text, int from, int to, long[] seen) {
    int state = 0;
    long words = 0;
    for (int i = from; i < to; i++) {
      state = table[state + classes[text[i] & 0xFF]];
      if (state >= firstReporting) {
        int report = table[state + width];
        seen[report >> 6] |= 1L << report;
        words |= 1L << (report >> 6);
      }
    }
    return words;
  }
}
