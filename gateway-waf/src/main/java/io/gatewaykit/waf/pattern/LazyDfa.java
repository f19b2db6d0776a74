// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * A deterministic automaton that runs all patterns of a Program over bytes in one pass. Its states
 * are constructed on demand: the subset construction [1], evaluated lazily as in RE2 [2].
 *
 * A state is the set of nodes that the bytes read so far can reach (see Stepper). All states live
 * in one table of ints. A state is the index of its row, and the entry for a byte class is the next
 * state: 0 if it has not been built yet, negated if the next state reports matches. A step between
 * known states therefore costs two loads and a comparison. A run ends early in a state from which
 * no match is possible, for example after a failed ^.
 *
 * Threads share the table and read it without a lock. A race can only make a reader miss entries,
 * for three reasons. An int is never torn. An entry is written under the lock, and only into a
 * table that contains the row it refers to: the table grows by copying, and later entries go to the
 * copy alone. A reader with an old table or a stale 0 retries under the lock and finds the entry.
 * The contents of a state (StateInfo) have final fields only, so they are visible in full or not at
 * all, and a reader of null retries under the lock. A flush replaces the entire cache by an empty
 * one. Runs in flight finish on the old cache, which only they still modify.
 *
 * When memory for a state is not available, the automaton drops all of its states. If it held
 * little memory itself, all other automata drop theirs as well (see StateMemory). A text that
 * causes this three times continues without caching states. That is slower but still linear, since
 * a step visits each node at most once, and it leaves the cached states to other texts.
 *
 * [1] A. Aho, R. Sethi and J. Ullman, "Compilers: Principles, Techniques, and Tools", 1986, 3.6
 * [2] R. Cox, "Regular Expression Matching in the Wild", 2010
 */
final class LazyDfa {
  /** The state from which no match is possible. */
  private static final int DEAD = Integer.MIN_VALUE;

  private static final int NONE = -1;
  private static final int MAX_FLUSHES = 3;
  private static final int FIRST_ROWS = 8;
  // guaranteed to each automaton, regardless of the others
  private static final int FREE_STATES = 24;
  // bytes of object headers, array headers and the map entry
  private static final int STATE_OVERHEAD = 144;

  private final Stepper stepper; // guarded by this
  private final StateMemory memory;
  private final byte[] classes = new byte[256]; // class of each byte value
  private final int symbols; // number of classes, plus one for the end of the text
  private final int patterns;
  private final boolean anchored;
  private final int[] initialMatches;
  private volatile Cache cache;
  private long uncachedVisits; // guarded by this

  LazyDfa(Program program, StateMemory memory) {
    this.memory = memory;
    patterns = program.patterns();
    int[] numbers = program.byteClasses();
    symbols = Arrays.stream(numbers).max().orElse(0) + 2;
    for (int i = 0; i < 256; i++) {
      classes[i] = (byte) numbers[i];
    }
    stepper = new Stepper(program, numbers, symbols);
    anchored = stepper.isAnchored();
    initialMatches = stepper.initial().matches;
    cache = new Cache();
  }

  /**
   * Adds to {@code found} the number of each pattern that occurs in a section of the text.
   *
   * @param inside whether the byte before the section is its context; if false, the section is the
   *     start of the text
   * @param ends whether the section is the end of the text
   */
  void find(byte[] text, int from, int to, boolean inside, boolean ends, BitSet found) {
    find(text, from, to, inside, ends, found, NONE);
  }

  /**
   * Returns the index up to which the text was read when the pattern was found, or -1 if it does
   * not occur.
   */
  int firstEnd(byte[] text, int from, int to, boolean inside, boolean ends, int wanted) {
    BitSet found = new BitSet();
    int end = find(text, from, to, inside, ends, found, wanted);
    return found.get(wanted) ? end : -1;
  }

  /**
   * Adds patterns to {@code found} until it contains all that can occur, or the wanted one.
   *
   * @return the index up to which the text was read
   */
  private int find(
      byte[] text, int from, int to, boolean inside, boolean ends, BitSet found, int wanted) {
    if (!inside && initialMatches.length > 0 && report(initialMatches, found, wanted)) {
      return from;
    }
    Cache current = cache;
    if (current.epoch != memory.epoch()) {
      current = replace(current);
    }
    int row = inside ? current.behind(text[from - 1] & 0xFF) : current.start;
    int[] table = current.table; // read after the row, because the table may have grown for it
    int flushes = 0;
    int last = ends ? to : to - 1; // the end is a symbol of its own
    for (int i = from; i <= last; i++) {
      int symbol = i < to ? classes[text[i] & 0xFF] & 0xFF : symbols - 1;
      int next = table[row + symbol];
      if (next == 0) {
        StateInfo state = current.info(row);
        next = current.build(row, symbol);
        if (next == 0) { // no memory for another state
          if (++flushes < MAX_FLUSHES) {
            current = flush(current);
            row = current.row(state);
            next = row == 0 ? 0 : current.build(row, symbol);
          }
          if (next == 0) {
            return findUncached(state, text, i, to, ends, found, wanted);
          }
        }
        table = current.table;
      }
      if (next < 0) {
        if (next == DEAD) {
          return i;
        }
        next = -next;
        if (report(current.info(next).matches, found, wanted)) {
          return Math.min(i + 1, to);
        }
      }
      row = next;
    }
    return to;
  }

  private int findUncached(
      StateInfo from, byte[] text, int start, int to, boolean ends, BitSet found, int wanted) {
    Stepper own = new Stepper(stepper);
    StateInfo state = from;
    int i = start;
    int last = ends ? to : to - 1;
    for (boolean done = false; i <= last && !done; i++) {
      state = own.step(state, i < to ? classes[text[i] & 0xFF] & 0xFF : symbols - 1);
      done = state.matches.length > 0 && report(state.matches, found, wanted);
    }
    synchronized (this) {
      uncachedVisits += own.visits();
    }
    return Math.min(i, to);
  }

  /**
   * Adds matches, and returns whether the run can end: all possible patterns or the wanted one are
   * found.
   */
  private boolean report(int[] matches, BitSet found, int wanted) {
    for (int pattern : matches) {
      found.set(pattern);
    }
    return matches.length == patterns || (wanted != NONE && found.get(wanted));
  }

  /** Returns the number of states that are cached now. */
  synchronized int states() {
    return cache.rows.size();
  }

  /**
   * Returns the number of nodes visited so far to build states, a machine-independent measure of
   * work.
   */
  synchronized long visits() {
    return stepper.visits() + uncachedVisits;
  }

  /** Drops the states and frees memory, unless another thread has already flushed this cache. */
  private synchronized Cache flush(Cache full) {
    if (cache == full) {
      memory.reclaim(full.used, full.epoch);
    }
    return replace(full);
  }

  private synchronized Cache replace(Cache old) {
    if (cache == old) {
      old.closed = true;
      cache = new Cache();
    }
    return cache;
  }

  /** The states built since the last flush. */
  private final class Cache {
    volatile int[] table = new int[FIRST_ROWS * symbols];
    private volatile @Nullable StateInfo[] infos = new StateInfo[FIRST_ROWS];
    final int start;
    final int epoch = memory.epoch();

    // Guarded by the enclosing automaton.
    private final Map<StateInfo, Integer> rows = new HashMap<>();
    private long used;
    private boolean closed; // accepts no more states; its memory was released

    Cache() {
      start = addState(stepper.initial()); // row 0 stays empty, because 0 means "not built"
    }

    /** Returns the row of the state from which a text continues after this byte. */
    int behind(int value) {
      int row = row(new StateInfo(Syntax.Kind.context(value), new int[0], new int[0]));
      return row == 0 ? start : row;
    }

    StateInfo info(int row) {
      StateInfo info = infos[row / symbols];
      if (info == null) {
        synchronized (LazyDfa.this) {
          info = infos[row / symbols];
        }
      }
      if (info == null) {
        throw new IllegalStateException("state has no contents");
      }
      return info;
    }

    /** Returns the row of a state, or 0 if no memory is available for it. */
    int row(StateInfo state) {
      synchronized (LazyDfa.this) {
        Integer known = rows.get(state);
        return known != null ? known : addState(state);
      }
    }

    /** Returns the entry for a step, or 0 if no memory is available for its target state. */
    int build(int row, int symbol) {
      synchronized (LazyDfa.this) {
        int known = table[row + symbol];
        if (known != 0) {
          return known;
        }
        StateInfo made = stepper.step(info(row), symbol);
        int entry = DEAD;
        if (!anchored || made.nodes.length > 0 || made.matches.length > 0) {
          int next = row(made);
          entry = made.matches.length > 0 ? -next : next;
        }
        table[row + symbol] = entry;
        return entry;
      }
    }

    private int addState(StateInfo state) {
      int number = rows.size() + 1;
      if (number > FREE_STATES) {
        long size = 4L * (symbols + state.nodes.length + state.matches.length) + STATE_OVERHEAD;
        if (closed || epoch != memory.epoch() || !memory.take(size)) {
          return 0;
        }
        used += size;
      }
      if (number >= infos.length) {
        int capacity = infos.length * 2;
        infos = Arrays.copyOf(infos, capacity);
        table = Arrays.copyOf(table, capacity * symbols);
      }
      infos[number] = state;
      rows.put(state, number * symbols);
      return number * symbols;
    }
  }
}
