// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import io.gatewaykit.waf.pattern.Syntax.Alternatives;
import io.gatewaykit.waf.pattern.Syntax.Assertion;
import io.gatewaykit.waf.pattern.Syntax.Bytes;
import io.gatewaykit.waf.pattern.Syntax.Concat;
import io.gatewaykit.waf.pattern.Syntax.Kind;
import io.gatewaykit.waf.pattern.Syntax.Repeat;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A nondeterministic automaton over bytes for one or more patterns [1]. Its nodes are numbered from
 * 0.
 *
 * <ol>
 *   <li>K. Thompson, "Regular Expression Search Algorithm", CACM 11(6), 1968
 * </ol>
 */
final class Program {
  /** Bounds the expansion of nested repetitions such as {@code (a{100}){100}}. */
  static final int MAX_NODES = 20_000;

  sealed interface Node {}

  /** Consumes one byte of the set. */
  record Take(ByteSet set, int next) implements Node {}

  /** Continues at both nodes. */
  record Fork(int left, int right) implements Node {}

  /** Continues if the condition holds. */
  record Check(Kind kind, int next) implements Node {}

  /** Reports a match of a pattern. */
  record Accept(int pattern) implements Node {}

  private final List<Node> nodes = new ArrayList<>();
  private final List<Integer> starts = new ArrayList<>();

  /** Adds a pattern that is reported under this number. */
  void add(Syntax pattern, int number) throws UnsupportedPatternException {
    starts.add(build(pattern, node(new Accept(number))));
  }

  Node node(int index) {
    return nodes.get(index);
  }

  int size() {
    return nodes.size();
  }

  int patterns() {
    return starts.size();
  }

  List<Integer> starts() {
    return starts;
  }

  /** Returns the class number of each byte value. No pattern distinguishes the bytes of a class. */
  int[] byteClasses() {
    Set<ByteSet> sets = new LinkedHashSet<>();
    for (Node node : nodes) {
      if (node instanceof Take take) {
        sets.add(take.set());
      } else if (node instanceof Check) {
        sets.add(ByteSet.WORD);
        sets.add(ByteSet.NEWLINE);
      }
    }
    int[] classes = new int[256];
    int count = 1;
    for (ByteSet set : sets) {
      count = split(classes, count, set);
    }
    return classes;
  }

  private static int split(int[] classes, int count, ByteSet set) {
    int[] inside = new int[count];
    int[] outside = new int[count];
    for (int i = 0; i < 256; i++) {
      (set.contains(i) ? inside : outside)[classes[i]]++;
    }
    int next = count;
    int[] renamed = new int[count];
    for (int i = 0; i < count; i++) {
      renamed[i] = inside[i] > 0 && outside[i] > 0 ? next++ : i;
    }
    for (int i = 0; i < 256; i++) {
      if (set.contains(i)) {
        classes[i] = renamed[classes[i]];
      }
    }
    return next;
  }

  /** Compiles from the end to the start, and returns the first node of this subexpression. */
  private int build(Syntax part, int next) throws UnsupportedPatternException {
    if (part instanceof Bytes bytes) {
      return node(new Take(bytes.set(), next));
    }
    if (part instanceof Assertion assertion) {
      return node(new Check(assertion.kind(), next));
    }
    if (part instanceof Concat concat) {
      int start = next;
      for (int i = concat.parts().size() - 1; i >= 0; i--) {
        start = build(concat.parts().get(i), start);
      }
      return start;
    }
    if (part instanceof Alternatives alternatives) {
      int start = build(alternatives.options().get(0), next);
      for (Syntax option : alternatives.options().subList(1, alternatives.options().size())) {
        start = node(new Fork(start, build(option, next)));
      }
      return start;
    }
    return repeat((Repeat) part, next);
  }

  private int repeat(Repeat repeat, int next) throws UnsupportedPatternException {
    int start = next;
    if (repeat.max() < 0) {
      start = node(new Fork(next, next)); // placeholder; replaced once the loop body is compiled
      nodes.set(start, new Fork(build(repeat.body(), start), next));
    }
    for (int i = repeat.min(); i < repeat.max(); i++) {
      start = node(new Fork(build(repeat.body(), start), next));
    }
    for (int i = 0; i < repeat.min(); i++) {
      start = build(repeat.body(), start);
    }
    return start;
  }

  private int node(Node node) throws UnsupportedPatternException {
    if (nodes.size() >= MAX_NODES) {
      throw new UnsupportedPatternException("more than " + MAX_NODES + " nodes");
    }
    nodes.add(node);
    return nodes.size() - 1;
  }
}
