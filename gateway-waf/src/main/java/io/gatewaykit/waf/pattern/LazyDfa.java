package io.gatewaykit.waf.pattern;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * Runs a Program over bytes, all patterns at once, and builds deterministic states as the texts ask
 * for them (Aho/Sethi/Ullman's subset construction, done lazily as in Cox, "Regular Expression
 * Matching in the Wild", 2010).
 *
 * A state is what could be reached by the bytes so far: nodes that take a byte or check a condition,
 * the kind of the last byte (for ^, $ and \b), and the patterns that this step has matched. A
 * condition that depends on the next byte is settled when that byte is known, so a match may show one
 * step late; the step on the end of the text settles the rest. Every step also starts all patterns
 * anew, so patterns are found anywhere.
 *
 * Threads share the states. `next` is read without a lock: whoever sees a State sees all of it,
 * because its fields are final, and who sees null builds the state under the lock and finds it there
 * if another was quicker. When the states reach their bound, all are dropped. A text that makes that
 * happen three times gets its further states without keeping them: slower, but still linear, and
 * other texts keep their states.
 */
final class LazyDfa {
  private static final int MAX_FLUSHES = 3;

  private final Program program;
  private final byte[] classes = new byte[256];
  private final int[] sample; // a byte of each class, for steps
  private final int end; // the class of the end of the text
  private final int maxStates;
  private final Closure seeds; // never changed once built
  private volatile Cache cache;

  LazyDfa(Program program, int maxStates) {
    this.program = program;
    this.maxStates = maxStates;
    int[] numbers = program.byteClasses();
    end = Arrays.stream(numbers).max().orElse(0) + 1;
    sample = new int[end + 1];
    for (int i = 0; i < 256; i++) {
      classes[i] = (byte) numbers[i];
      sample[numbers[i]] = i;
    }
    sample[end] = -1;
    seeds = new Closure(null);
    program.starts().forEach(seeds::reach);
    cache = new Cache(seeds.matches());
  }

  /** Adds to {@code found} the number of each pattern that occurs in a part of the text. */
  void find(byte[] text, int from, int to, BitSet found) {
    Cache current = cache;
    State state = current.start;
    add(state, found);
    int flushes = 0;
    for (int i = from; i <= to; i++) {
      int symbol = i == to ? end : classes[text[i] & 0xFF] & 0xFF;
      State next = state.next[symbol];
      if (next == null) {
        if (flushes >= MAX_FLUSHES) {
          next = step(state, symbol);
        } else {
          next = current.intern(state, symbol);
          if (next == null) {
            flushes++;
            current = flush(current);
            next = step(state, symbol);
          }
        }
      }
      if (next.matches.length > 0) {
        add(next, found);
        if (next.matches.length == program.patterns()) {
          return; // there is no more to find
        }
      }
      state = next;
    }
  }

  int states() {
    return cache.size();
  }

  private static void add(State state, BitSet found) {
    for (int pattern : state.matches) {
      found.set(pattern);
    }
  }

  /** Drops the states, unless another thread just did. */
  private synchronized Cache flush(Cache full) {
    if (cache == full) {
      cache = new Cache(full.start.matches);
    }
    return cache;
  }

  private State step(State state, int symbol) {
    int value = sample[symbol];
    Closure before = new Closure(seeds);
    Closure after = new Closure(null);
    for (int node : state.nodes) {
      before.reach(node);
    }
    before.settle(state.context, value);
    BitSet live = before.nodes;
    for (int index = live.nextSetBit(0); index >= 0; index = live.nextSetBit(index + 1)) {
      if (program.node(index) instanceof Program.Take take
          && value >= 0
          && take.set().contains(value)) {
        after.reach(take.next());
      }
    }
    after.matched.or(before.settled);
    int[] nodes = after.nodes.stream().toArray();
    return new State(Syntax.Kind.context(value), nodes, after.matches(), end + 1);
  }

  /** One state; equal to another if all texts go on alike from both. */
  private static final class State {
    final int context;
    final int[] nodes;
    final int[] matches;
    final @Nullable State[] next;

    State(int context, int[] nodes, int[] matches, int symbols) {
      this.context = context;
      this.nodes = nodes;
      this.matches = matches;
      next = new State[symbols];
    }

    @Override
    public int hashCode() {
      return (Arrays.hashCode(nodes) * 31 + Arrays.hashCode(matches)) * 31 + context;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof State o
          && context == o.context
          && Arrays.equals(nodes, o.nodes)
          && Arrays.equals(matches, o.matches);
    }
  }

  /** The states built so far. */
  private final class Cache {
    final State start;
    private final Map<State, State> states = new HashMap<>();

    Cache(int[] emptyMatches) {
      start = new State(Syntax.Kind.BEGIN, new int[0], emptyMatches, end + 1);
    }

    synchronized int size() {
      return states.size();
    }

    /** Returns the state after a step, or null if there is no room for it. */
    synchronized @Nullable State intern(State from, int symbol) {
      State made = step(from, symbol);
      State known = states.get(made);
      if (known == null) {
        if (states.size() >= maxStates) {
          return null;
        }
        states.put(made, made);
        known = made;
      }
      from.next[symbol] = known;
      return known;
    }
  }

  /** The nodes reachable without taking a byte. Iterative: patterns may be deep. */
  private final class Closure {
    final BitSet nodes;
    final BitSet matched;
    final BitSet settled = new BitSet();
    private final BitSet seen;
    private int[] stack = new int[16];
    private int height;

    /** Starts as a copy of another, or empty. */
    Closure(@Nullable Closure other) {
      nodes = other == null ? new BitSet(program.size()) : (BitSet) other.nodes.clone();
      matched = other == null ? new BitSet() : (BitSet) other.matched.clone();
      seen = other == null ? new BitSet(program.size()) : (BitSet) other.seen.clone();
    }

    void reach(int start) {
      push(start);
      while (height > 0) {
        int index = stack[--height];
        Program.Node node = program.node(index);
        if (node instanceof Program.Fork fork) {
          push(fork.left());
          push(fork.right());
        } else if (node instanceof Program.Accept accept) {
          matched.set(accept.pattern());
        } else {
          nodes.set(index);
        }
      }
    }

    /** Passes the conditions that hold between these bytes. */
    void settle(int context, int next) {
      matched.clear();
      BitSet passed = new BitSet();
      boolean changed = true;
      while (changed) {
        changed = false;
        for (int index = nodes.nextSetBit(0); index >= 0; index = nodes.nextSetBit(index + 1)) {
          if (program.node(index) instanceof Program.Check check
              && !passed.get(index)
              && check.kind().holds(context, next)) {
            passed.set(index);
            reach(check.next());
            changed = true;
          }
        }
      }
      settled.or(matched);
    }

    int[] matches() {
      return matched.stream().toArray();
    }

    private void push(int node) {
      if (!seen.get(node)) {
        seen.set(node);
        if (height == stack.length) {
          stack = Arrays.copyOf(stack, height * 2);
        }
        stack[height++] = node;
      }
    }
  }
}
