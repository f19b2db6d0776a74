package io.gatewaykit.waf.pattern;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Tells in one pass which patterns a text may match. Each pattern has keys, pairs of bytes of which
 * one is in every match; a table says whose key a pair is. The rest of what a pattern needs is
 * asked only where a key of it occurs. Immutable and thread-safe.
 */
final class Prefilter {
  private static final ThreadLocal<BytePairs> PAIRS = ThreadLocal.withInitial(BytePairs::new);

  private final NeedCheck[] tests;
  private final char[] setOfPair = new char[BytePairs.COUNT]; // 0 is the empty set
  private final long[][] sets; // of patterns

  /** Takes the needs of the patterns in their order. None of them may be nothing. */
  Prefilter(List<Need> needs) {
    tests = needs.stream().map(NeedCheck::of).toArray(NeedCheck[]::new);
    int words = (needs.size() + 63) / 64;
    long[][] owners = new long[BytePairs.COUNT][];
    for (int i = 0; i < needs.size(); i++) {
      BitSet keys = new BitSet();
      needs.get(i).keys(keys);
      for (int pair = keys.nextSetBit(0); pair >= 0; pair = keys.nextSetBit(pair + 1)) {
        if (owners[pair] == null) {
          owners[pair] = new long[words];
        }
        owners[pair][i >> 6] |= 1L << i;
      }
    }
    List<long[]> distinct = new ArrayList<>(List.of(new long[words]));
    Map<BitSet, Character> numbers = new HashMap<>();
    for (int pair = 0; pair < owners.length; pair++) {
      long[] set = owners[pair];
      if (set != null) {
        setOfPair[pair] =
            numbers.computeIfAbsent(
                BitSet.valueOf(set),
                key -> {
                  distinct.add(set);
                  return (char) (distinct.size() - 1);
                });
      }
    }
    sets = distinct.toArray(new long[0][]);
  }

  /** Gives the numbers of the patterns that may match a part of a text, in their order. */
  void candidates(byte[] text, int from, int to, IntConsumer action) {
    if (from == to || tests.length == 0) {
      return;
    }
    BytePairs pairs = PAIRS.get();
    pairs.clear();
    long[] keyed = new long[sets[0].length];
    int first = BytePairs.fold(text[from]);
    for (int i = from + 1; i <= to; i++) {
      int second = i < to ? BytePairs.fold(text[i]) : 0;
      int pair = BytePairs.number(first, second);
      pairs.add(pair);
      int set = setOfPair[pair];
      if (set != 0) {
        long[] patterns = sets[set];
        for (int w = 0; w < keyed.length; w++) {
          keyed[w] |= patterns[w];
        }
      }
      first = second;
    }
    for (int w = 0; w < keyed.length; w++) {
      for (long rest = keyed[w]; rest != 0; rest &= rest - 1) {
        int pattern = w * 64 + Long.numberOfTrailingZeros(rest);
        if (tests[pattern].holds(pairs)) {
          action.accept(pattern);
        }
      }
    }
  }
}
