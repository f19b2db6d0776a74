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
 * A state is what could be reached by the bytes so far (see Stepper). States live in one table of
 * ints: a state is the index of its row, and the entry for a byte's class is the next state, 0 where
 * it is not built yet, negated where that state reports matches. So a step on a known way is two
 * loads and a comparison. A state from which nothing can match any more, as when a pattern begins
 * with ^, ends the run.
 *
 * Threads share the table and read it without a lock. That is safe because a reader can only see
 * too little: an int is never torn; an entry is written under the lock, and only into the table that
 * has the row it names, for the table grows by being copied and later entries go to the copy alone.
 * Whoever reads an old table or an old 0 asks under the lock and finds the rest. The content of a
 * state (StateInfo) has final fields only, so whoever sees one sees all of it; who still sees null
 * asks under the lock. A flush replaces the whole cache by an empty one; runs that are under way
 * finish on the old one, which nobody changes afterwards but they.
 *
 * When there is no memory for a state, all states of the automaton are dropped, and those of all
 * others too if this one took little (see StateMemory). A text that makes
 * that happen three times goes on without keeping states: slower, but still linear, as a step visits
 * each node once at most, and other texts keep theirs.
 */
final class LazyDfa {
  /** No pattern can match any more. */
  private static final int DEAD = Integer.MIN_VALUE;

  private static final int NONE = -1;
  private static final int MAX_FLUSHES = 3;
  private static final int FIRST_ROWS = 8;
  private static final int FREE_STATES = 24; // what an automaton has whatever the others took
  private static final int STATE_OVERHEAD = 144; // of objects, array headers and the map's entry

  private final Stepper stepper; // guarded by this
  private final StateMemory memory;
  private final byte[] classes = new byte[256]; // of each byte value
  private final int symbols; // classes, and the end of the text as the last one
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

  /** Adds to {@code found} the number of each pattern that occurs in a part of the text. */
  void find(byte[] text, int from, int to, BitSet found) {
    find(text, from, to, found, NONE);
  }

  /** Returns the index up to which the text is read until this pattern is found, or -1. */
  int firstEnd(byte[] text, int from, int to, int wanted) {
    BitSet found = new BitSet();
    int end = find(text, from, to, found, wanted);
    return found.get(wanted) ? end : -1;
  }

  /**
   * Adds patterns to {@code found} until all that may occur are in it, or this one.
   *
   * @return the index up to which the text was read
   */
  private int find(byte[] text, int from, int to, BitSet found, int wanted) {
    if (initialMatches.length > 0 && report(initialMatches, found, wanted)) {
      return from;
    }
    Cache current = cache;
    if (current.epoch != memory.epoch()) {
      current = replace(current);
    }
    int[] table = current.table;
    int row = current.start;
    int flushes = 0;
    for (int i = from; i <= to; i++) {
      int symbol = i < to ? classes[text[i] & 0xFF] & 0xFF : symbols - 1;
      int next = table[row + symbol];
      if (next == 0) {
        StateInfo state = current.info(row);
        next = current.build(row, symbol);
        if (next == 0) { // there is no room
          if (++flushes < MAX_FLUSHES) {
            current = flush(current);
            row = current.row(state);
            next = row == 0 ? 0 : current.build(row, symbol);
          }
          if (next == 0) {
            return findUncached(state, text, i, to, found, wanted);
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
      StateInfo from, byte[] text, int start, int to, BitSet found, int wanted) {
    Stepper own = new Stepper(stepper);
    StateInfo state = from;
    int i = start;
    for (boolean done = false; i <= to && !done; i++) {
      state = own.step(state, i < to ? classes[text[i] & 0xFF] & 0xFF : symbols - 1);
      done = state.matches.length > 0 && report(state.matches, found, wanted);
    }
    synchronized (this) {
      uncachedVisits += own.visits();
    }
    return Math.min(i, to);
  }

  /** Adds matches, and tells whether there can be no more or the wanted one is among them. */
  private boolean report(int[] matches, BitSet found, int wanted) {
    for (int pattern : matches) {
      found.set(pattern);
    }
    return matches.length == patterns || (wanted != NONE && found.get(wanted));
  }

  /** Returns how many states there are now. */
  synchronized int states() {
    return cache.rows.size();
  }

  /** Returns how many nodes were visited so far to make states: work, whatever the machine. */
  synchronized long visits() {
    return stepper.visits() + uncachedVisits;
  }

  /** Drops the states and makes room, unless another thread just did. */
  private synchronized Cache flush(Cache full) {
    if (cache == full) {
      memory.makeRoom(full.taken, full.epoch);
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

  /** The states built so far. */
  private final class Cache {
    volatile int[] table = new int[FIRST_ROWS * symbols];
    private volatile @Nullable StateInfo[] infos = new StateInfo[FIRST_ROWS];
    final int start;
    final int epoch = memory.epoch();

    // Guarded by the automaton.
    private final Map<StateInfo, Integer> rows = new HashMap<>();
    private long taken;
    private boolean closed; // no more states, its memory was given back

    Cache() {
      start = place(stepper.initial()); // row 0 stays empty, since 0 means not built
    }

    StateInfo info(int row) {
      StateInfo info = infos[row / symbols];
      if (info == null) {
        synchronized (LazyDfa.this) {
          info = infos[row / symbols];
        }
      }
      if (info == null) {
        throw new IllegalStateException("a state without content");
      }
      return info;
    }

    /** Returns the row of a state, or 0 if there is no room for it. */
    int row(StateInfo state) {
      synchronized (LazyDfa.this) {
        Integer known = rows.get(state);
        return known != null ? known : place(state);
      }
    }

    /** Returns the entry for a step, or 0 if there is no room for the state it leads to. */
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

    private int place(StateInfo state) {
      int number = rows.size() + 1;
      if (number > FREE_STATES) {
        long size = 4L * (symbols + state.nodes.length + state.matches.length) + STATE_OVERHEAD;
        if (closed || epoch != memory.epoch() || !memory.take(size)) {
          return 0;
        }
        taken += size;
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
