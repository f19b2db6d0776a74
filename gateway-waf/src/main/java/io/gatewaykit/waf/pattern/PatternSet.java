package io.gatewaykit.waf.pattern;

import static java.util.Objects.requireNonNull;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A set of RE2 patterns, all looked for in one pass. It tells which of them occur, not where. The
 * time is linear in the text, whatever the patterns. Immutable for its users and thread-safe.
 *
 * <p>Patterns and texts are bytes: a char of a pattern is one byte, so it stays below U+0100 (or is
 * written as UTF-8 in such chars). A dot matches line breaks; {@code $} is the end of the text. The
 * answers are those of re2j with {@code DOTALL} on the same bytes as Latin-1.
 *
 * <p>Memory: up to a few megabytes for each group of patterns, and it shrinks by itself: states are
 * built while texts are read, and dropped when there are too many.
 */
public final class PatternSet {
  private static final int GROUP_NODES = 3_000;
  private static final int GROUP_PATTERNS = 8;
  private static final int MAX_STATES = 6_000;

  private final int size;
  private final List<Group> groups;
  private final List<Interpreted> interpreted;

  /**
   * Patterns that share an automaton, and the bytes of which one must occur unless it always runs.
   */
  private record Group(boolean always, ByteSet required, LazyDfa dfa) {}

  /** A pattern that re2j runs. */
  private record Interpreted(int number, Pattern pattern) {}

  private PatternSet(List<String> patterns) {
    size = patterns.size();
    List<Interpreted> refused = new ArrayList<>();
    Map<String, GroupBuilder> open = new TreeMap<>();
    List<Group> done = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      Pattern pattern = compile(i, patterns.get(i));
      try {
        Syntax tree = Parser.parse(patterns.get(i));
        ByteSet required = RequiredBytes.of(tree);
        GroupBuilder group = open.computeIfAbsent(kind(required), k -> new GroupBuilder());
        if (group.isFull()) {
          done.add(group.build());
          group = new GroupBuilder();
          open.put(kind(required), group);
        }
        group.add(tree, i, required);
      } catch (UnsupportedPatternException e) {
        refused.add(new Interpreted(i, pattern));
      }
    }
    open.values().forEach(group -> done.add(group.build()));
    groups = List.copyOf(done);
    interpreted = List.copyOf(refused);
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
    BitSet found = new BitSet(size);
    find(text, 0, text.length, found);
    return found;
  }

  /**
   * Adds to {@code found} the number of each pattern that occurs between two indices of the text,
   * as if there were nothing around them. Does not allocate once its states are built.
   *
   * @throws IndexOutOfBoundsException if the indices are not {@code 0 <= from <= to <= length}
   */
  public void find(byte[] text, int from, int to, BitSet found) {
    Objects.checkFromToIndex(from, to, text.length);
    ByteSet present = ByteSet.present(text, from, to);
    for (Group group : groups) {
      if (group.always() || group.required().intersects(present)) {
        group.dfa().find(text, from, to, found);
      }
    }
    if (!interpreted.isEmpty()) {
      String chars = new String(text, from, to - from, StandardCharsets.ISO_8859_1);
      for (Interpreted one : interpreted) {
        if (one.pattern().matcher(chars).find()) {
          found.set(one.number());
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
    return groups.stream().mapToInt(group -> group.dfa().states()).sum();
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

  /** Patterns with the same kind share a group, so that a text skips as many groups as it can. */
  private static String kind(ByteSet required) {
    return RequiredBytes.isRare(required) ? "rare" : "common";
  }

  private static final class GroupBuilder {
    private final Program program = new Program();
    private ByteSet required = ByteSet.NONE;
    private int patterns;

    boolean isFull() {
      return patterns >= GROUP_PATTERNS || program.size() >= GROUP_NODES;
    }

    void add(Syntax tree, int number, ByteSet needs) throws UnsupportedPatternException {
      program.add(tree, number);
      required = required.or(needs);
      patterns++;
    }

    Group build() {
      boolean says = !required.complement().equals(ByteSet.NONE);
      return new Group(!says, required, new LazyDfa(program, MAX_STATES));
    }
  }
}
