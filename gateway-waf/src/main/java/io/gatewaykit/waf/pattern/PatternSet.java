package io.gatewaykit.waf.pattern;

import static java.util.Objects.requireNonNull;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A set of RE2 patterns, all looked for in one pass. It tells which of them occur, not where. The
 * time is linear in the text, whatever the patterns. Immutable for its users and thread-safe.
 *
 * <p>Patterns and texts are bytes: a char of a pattern is one byte, so it stays below U+0100 (or is
 * written as UTF-8 in such chars). A dot matches line breaks; {@code $} is the end of the text. The
 * answers are those of re2j with {@code DOTALL} on the same bytes as Latin-1.
 *
 * <p>A text is first read once for the words and signs that each pattern needs, and only the
 * patterns that may occur are run. Their automata build states while texts are read; together these
 * take {@link #STATE_BYTES} at most, and are dropped when there are too many.
 */
public final class PatternSet {
  /** How many bytes the states of a set's automata may take, about. */
  public static final long STATE_BYTES = 16L << 20;

  private static final int GROUP_NODES = 3_000;
  private static final int GROUP_PATTERNS = 8;

  private final int size;
  private final Prefilter prefilter;
  private final List<Filtered> filtered; // in the order of the prefilter
  private final List<Group> unfiltered; // what any text may match
  private final List<Interpreted> interpreted;

  /** A pattern that needs something; without an automaton if it occurs wherever that is. */
  private record Filtered(int number, @Nullable LazyDfa dfa) {}

  /** Patterns that share an automaton. */
  private record Group(BitSet numbers, LazyDfa dfa) {}

  /** A pattern that re2j runs. */
  private record Interpreted(int number, Pattern pattern) {}

  private PatternSet(List<String> patterns) {
    size = patterns.size();
    List<Need> needs = new ArrayList<>();
    List<Filtered> alone = new ArrayList<>();
    List<Group> groups = new ArrayList<>();
    List<Interpreted> refused = new ArrayList<>();
    StateMemory memory = new StateMemory(STATE_BYTES);
    Program group = new Program();
    BitSet members = new BitSet();
    for (int i = 0; i < size; i++) {
      Pattern pattern = compile(i, patterns.get(i));
      try {
        Syntax tree = Parser.parse(patterns.get(i));
        Needs.Known known = Needs.of(tree);
        if (known.need().isNothing()) {
          if (group.patterns() >= GROUP_PATTERNS || group.size() >= GROUP_NODES) {
            groups.add(new Group(members, new LazyDfa(group, memory)));
            group = new Program();
            members = new BitSet();
          }
          group.add(tree, i);
          members.set(i);
        } else {
          alone.add(new Filtered(i, known.enough() ? null : dfa(tree, i, memory)));
          needs.add(known.need());
        }
      } catch (UnsupportedPatternException e) {
        refused.add(new Interpreted(i, pattern));
      }
    }
    if (group.patterns() > 0) {
      groups.add(new Group(members, new LazyDfa(group, memory)));
    }
    prefilter = new Prefilter(needs);
    filtered = List.copyOf(alone);
    unfiltered = List.copyOf(groups);
    interpreted = List.copyOf(refused);
  }

  private static LazyDfa dfa(Syntax tree, int number, StateMemory memory)
      throws UnsupportedPatternException {
    Program program = new Program();
    program.add(tree, number);
    return new LazyDfa(program, memory);
  }

  /**
   * Compiles patterns; they are numbered from 0 in this order.
   *
   * @throws IllegalArgumentException if one is not an RE2 pattern; the message names its number and
   *     what is wrong
   */
  public static PatternSet of(List<String> patterns) {
    return new PatternSet(List.copyOf(requireNonNull(patterns, "patterns")));
  }

  /** Compiles patterns as {@link #of(List)} does. */
  public static PatternSet of(String... patterns) {
    return of(List.of(patterns));
  }

  /** Returns how many patterns there are. */
  public int size() {
    return size;
  }

  /** Returns the numbers of the patterns that occur in the text. */
  public BitSet find(byte[] text) {
    BitSet all = new BitSet(size);
    all.set(0, size);
    BitSet found = new BitSet(size);
    search().find(text, 0, text.length, all, found);
    return found;
  }

  /** Returns what one thread needs to look for the patterns, to be used again and again. */
  public Search search() {
    return new Search();
  }

  /** Looks for the patterns of a set. Holds working memory, so it is not thread-safe. */
  public final class Search {
    private final Prefilter.Pass pass = prefilter.new Pass();

    private Search() {}

    /**
     * Adds to {@code found} the number of each wanted pattern that occurs between two indices of
     * the text, as if there were nothing around them. Does not allocate once the states are built,
     * unless {@link #interpreted()} patterns are wanted.
     *
     * @param wanted the numbers of the patterns that are looked for; others may be found too
     * @throws IndexOutOfBoundsException if the indices are not {@code 0 <= from <= to <= length}
     */
    public void find(byte[] text, int from, int to, BitSet wanted, BitSet found) {
      Objects.checkFromToIndex(from, to, text.length);
      pass.read(text, from, to);
      for (int i = pass.nextKeyed(); i >= 0; i = pass.nextKeyed()) {
        Filtered one = filtered.get(i);
        if (wanted.get(one.number()) && pass.mayMatch(i)) {
          if (one.dfa() == null) {
            found.set(one.number());
          } else {
            one.dfa().find(text, from, to, found);
          }
        }
      }
      for (Group group : unfiltered) {
        if (group.numbers().intersects(wanted)) {
          group.dfa().find(text, from, to, found);
        }
      }
      String chars = null;
      for (Interpreted one : interpreted) {
        if (wanted.get(one.number())) {
          if (chars == null) {
            chars = new String(text, from, to - from, StandardCharsets.ISO_8859_1);
          }
          if (one.pattern().matcher(chars).find()) {
            found.set(one.number());
          }
        }
      }
    }
  }

  /** Returns how many of the patterns re2j runs because the set's own compiler refuses them. */
  public int interpreted() {
    return interpreted.size();
  }

  /** Returns how many states the automata hold now. */
  int states() {
    return automata().mapToInt(LazyDfa::states).sum();
  }

  /** Returns how much work it was to make states so far, whatever the machine. */
  long visits() {
    return automata().mapToLong(LazyDfa::visits).sum();
  }

  private Stream<LazyDfa> automata() {
    return Stream.concat(
        filtered.stream().map(Filtered::dfa).filter(Objects::nonNull),
        unfiltered.stream().map(Group::dfa));
  }

  private static Pattern compile(int number, String pattern) {
    try {
      return Pattern.compile(pattern, Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "pattern %d: %s (expected: an RE2 pattern; %s)"
              .formatted(number, pattern, e.getMessage()),
          e);
    }
  }
}
