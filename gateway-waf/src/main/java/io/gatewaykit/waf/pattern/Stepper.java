// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Computes the steps of the subset construction: the successor of a state for a byte class. Not
 * thread-safe, because it reuses its working memory.
 *
 * <p>A condition that depends on the next byte is evaluated when that byte is known, so a match may
 * be reported one step late. The step for the end of the text evaluates the remaining conditions.
 * Each step also restarts all patterns, so that they match at any position. The result of a restart
 * depends only on the previous and the current byte, and is computed once for each such pair.
 */
final class Stepper {
  private static final byte TAKE = 0;
  private static final byte CHECK = 1;
  private static final byte FORK = 2;
  private static final byte ACCEPT = 3;
  private static final int CONTEXTS = 4;

  private final byte[] kinds;
  private final int[] first; // next node, left node, or number of the pattern
  private final int[] second; // right node
  private final Syntax.@Nullable Kind[] conditions; // of the nodes that check a condition
  private final long[] taken; // four words a node: the byte classes that it consumes
  private final int symbols;
  private final int[] sample; // one byte of each class; -1 for the end of the text
  private final int[] starts;
  private final @Nullable StateInfo[] fresh; // results of a restart, by context and symbol
  private final StateInfo initial;

  // Working memory: nodes and patterns of the current step. A mark is set if it equals `round`.
  private final int[] beforeMarks;
  private final int[] afterMarks;
  private final int[] matchMarks;
  private int round;
  private int[] stack = new int[64];
  private int[] nodes = new int[64];
  private int count;
  private int[] matches = new int[8];
  private int matched;
  private long visits;

  /** Creates a stepper from the class of each byte. The last symbol is the end of the text. */
  Stepper(Program program, int[] classes, int symbols) {
    int size = program.size();
    this.symbols = symbols;
    sample = new int[symbols];
    for (int i = 0; i < 256; i++) {
      sample[classes[i]] = i;
    }
    sample[symbols - 1] = -1;
    kinds = new byte[size];
    first = new int[size];
    second = new int[size];
    conditions = new Syntax.Kind[size];
    taken = new long[size * 4];
    int patterns = 0;
    for (int i = 0; i < size; i++) {
      Program.Node node = program.node(i);
      if (node instanceof Program.Take take) {
        kinds[i] = TAKE;
        first[i] = take.next();
        for (int symbol = 0; symbol < symbols - 1; symbol++) {
          if (take.set().contains(sample[symbol])) {
            taken[i * 4 + (symbol >> 6)] |= 1L << symbol;
          }
        }
      } else if (node instanceof Program.Check check) {
        kinds[i] = CHECK;
        first[i] = check.next();
        conditions[i] = check.kind();
      } else if (node instanceof Program.Fork fork) {
        kinds[i] = FORK;
        first[i] = fork.left();
        second[i] = fork.right();
      } else if (node instanceof Program.Accept accept) {
        kinds[i] = ACCEPT;
        first[i] = accept.pattern();
        patterns = Math.max(patterns, accept.pattern() + 1);
      }
    }
    starts = program.starts().stream().mapToInt(Integer::intValue).toArray();
    fresh = new StateInfo[CONTEXTS * symbols];
    beforeMarks = new int[size];
    afterMarks = new int[size];
    matchMarks = new int[patterns];
    begin();
    for (int start : starts) {
      reachAfter(start, 0);
    }
    // Each step restarts the patterns, so the initial state does not have to contain their first
    // nodes.
    initial = new StateInfo(Syntax.Kind.BEGIN, new int[0], end(Syntax.Kind.BEGIN).matches);
  }

  /**
   * Creates a stepper that shares the immutable data of another one and has its own working memory.
   */
  Stepper(Stepper other) {
    kinds = other.kinds;
    first = other.first;
    second = other.second;
    conditions = other.conditions;
    taken = other.taken;
    symbols = other.symbols;
    sample = other.sample;
    starts = other.starts;
    initial = other.initial;
    fresh = new StateInfo[CONTEXTS * symbols];
    beforeMarks = new int[kinds.length];
    afterMarks = new int[kinds.length];
    matchMarks = new int[other.matchMarks.length];
  }

  /** Returns the state before the first byte. */
  StateInfo initial() {
    return initial;
  }

  /** Returns the number of nodes visited so far, a machine-independent measure of work. */
  long visits() {
    return visits;
  }

  /** Returns whether all patterns can only match from the first byte on. */
  boolean isAnchored() {
    begin();
    int height = 0;
    for (int start : starts) {
      reserve(height + 1);
      stack[height++] = start;
    }
    while (height > 0) {
      int node = stack[--height];
      boolean begins = conditions[node] == Syntax.Kind.BEGIN_TEXT;
      if (begins || beforeMarks[node] == round) {
        continue;
      }
      beforeMarks[node] = round;
      if (kinds[node] != FORK) {
        return false;
      }
      height = pushBoth(node, height);
    }
    return true;
  }

  /** Returns the successor of a state for a byte class. */
  StateInfo step(StateInfo from, int symbol) {
    StateInfo started = fresh(from.context, symbol);
    begin();
    for (int node : started.nodes) {
      afterMarks[node] = round;
      addNode(node);
    }
    for (int pattern : started.matches) {
      match(pattern);
    }
    int value = sample[symbol];
    for (int node : from.nodes) {
      passBefore(node, from.context, value, symbol);
    }
    return end(Syntax.Kind.context(value));
  }

  private StateInfo fresh(int context, int symbol) {
    int index = context * symbols + symbol;
    StateInfo known = fresh[index];
    if (known == null) {
      begin();
      int value = sample[symbol];
      for (int start : starts) {
        passBefore(start, context, value, symbol);
      }
      known = end(Syntax.Kind.context(value));
      fresh[index] = known;
    }
    return known;
  }

  private void begin() {
    if (round == Integer.MAX_VALUE) {
      Arrays.fill(beforeMarks, 0);
      Arrays.fill(afterMarks, 0);
      Arrays.fill(matchMarks, 0);
      round = 0;
    }
    round++;
    count = 0;
    matched = 0;
  }

  private StateInfo end(int context) {
    int[] sorted = Arrays.copyOf(nodes, count);
    Arrays.sort(sorted);
    int[] patterns = Arrays.copyOf(matches, matched);
    Arrays.sort(patterns);
    return new StateInfo(context, sorted, patterns);
  }

  /**
   * Follows the conditions that hold between the two bytes, and collects the nodes that consume the
   * byte.
   */
  private void passBefore(int start, int context, int value, int symbol) {
    int height = 0;
    stack[height++] = start;
    while (height > 0) {
      int node = stack[--height];
      if (beforeMarks[node] == round) {
        continue;
      }
      beforeMarks[node] = round;
      visits++;
      switch (kinds[node]) {
        case TAKE -> {
          if (value >= 0 && (taken[node * 4 + (symbol >> 6)] >>> symbol & 1) != 0) {
            reachAfter(first[node], height);
          }
        }
        case CHECK -> {
          if (requireNonNull(conditions[node]).holds(context, value)) {
            stack[height++] = first[node];
          }
        }
        case FORK -> height = pushBoth(node, height);
        default -> match(first[node]);
      }
    }
  }

  /** Collects the nodes reachable after the byte. Uses the stack above {@code base}. */
  private void reachAfter(int start, int base) {
    int height = base;
    reserve(height + 1);
    stack[height++] = start;
    while (height > base) {
      int node = stack[--height];
      if (afterMarks[node] == round) {
        continue;
      }
      afterMarks[node] = round;
      visits++;
      switch (kinds[node]) {
        case FORK -> height = pushBoth(node, height);
        case ACCEPT -> match(first[node]);
        default -> addNode(node);
      }
    }
  }

  private void match(int pattern) {
    if (matchMarks[pattern] != round) {
      matchMarks[pattern] = round;
      if (matched == matches.length) {
        matches = Arrays.copyOf(matches, matched * 2);
      }
      matches[matched++] = pattern;
    }
  }

  private void addNode(int node) {
    if (count == nodes.length) {
      nodes = Arrays.copyOf(nodes, count * 2);
    }
    nodes[count++] = node;
  }

  /** Pushes both successors of a fork, the left one on top, and returns the new stack height. */
  private int pushBoth(int fork, int height) {
    reserve(height + 2);
    stack[height] = second[fork];
    stack[height + 1] = first[fork];
    return height + 2;
  }

  private void reserve(int height) {
    if (height > stack.length) {
      stack = Arrays.copyOf(stack, height * 2);
    }
  }
}
