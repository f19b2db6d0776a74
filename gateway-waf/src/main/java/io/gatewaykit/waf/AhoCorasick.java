package io.gatewaykit.waf;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds which rules a text could concern: one pass over the text for all literals of all rules. */
final class AhoCorasick {
  private final List<int[]> next = new ArrayList<>();
  private final List<BitSet> hits = new ArrayList<>();

  /** Builds the automaton; rule i is a candidate where one of {@code literals.get(i)} occurs. */
  AhoCorasick(List<List<String>> literals) {
    add();
    Map<String, Integer> ends = new HashMap<>();
    for (int rule = 0; rule < literals.size(); rule++) {
      for (String literal : literals.get(rule)) {
        int state = ends.computeIfAbsent(literal, this::insert);
        hits.get(state).set(rule);
      }
    }
    link();
  }

  private int add() {
    next.add(new int[256]);
    hits.add(new BitSet());
    return next.size() - 1;
  }

  private int insert(String literal) {
    int state = 0;
    for (int i = 0; i < literal.length(); i++) {
      int c = literal.charAt(i) & 0xFF;
      int to = next.get(state)[c];
      if (to == 0) {
        to = add();
        next.get(state)[c] = to;
      }
      state = to;
    }
    return state;
  }

  private void link() {
    int[] fail = new int[next.size()];
    ArrayDeque<Integer> queue = new ArrayDeque<>();
    queue.add(0);
    while (!queue.isEmpty()) {
      int state = queue.remove();
      for (int c = 0; c < 256; c++) {
        int to = next.get(state)[c];
        int back = state == 0 ? 0 : next.get(fail[state])[c];
        if (to == 0) {
          next.get(state)[c] = back;
        } else {
          fail[to] = back;
          hits.get(to).or(hits.get(back));
          queue.add(to);
        }
      }
    }
  }

  /** Adds to {@code candidates} every rule of which a literal occurs in the text. */
  void scan(String text, BitSet candidates) {
    int state = 0;
    for (int i = 0; i < text.length(); i++) {
      state = next.get(state)[text.charAt(i) & 0xFF];
      BitSet found = hits.get(state);
      if (!found.isEmpty()) {
        candidates.or(found);
      }
    }
  }
}
