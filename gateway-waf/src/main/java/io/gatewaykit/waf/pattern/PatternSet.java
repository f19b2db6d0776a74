package io.gatewaykit.waf.pattern;

import static java.util.Objects.requireNonNull;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;

/**
 * A set of RE2 patterns, all looked for in one pass. It tells which of them occur, not where. The
 * time is linear in the text, whatever the patterns. Immutable for its users and thread-safe.
 *
 * <p>Patterns and texts are bytes: a char of a pattern is one byte, so it stays below U+0100 (or is
 * written as UTF-8 in such chars). A dot matches line breaks; {@code $} is the end of the text. The
 * answers are those of re2j with {@code DOTALL} on the same bytes as Latin-1.
 *
 * <p>A text is first read once for what each pattern needs (pairs of bytes side by side), and only
 * the patterns that may occur are run. Memory: a few megabytes at most for each of the automata,
 * and it shrinks by itself: states are built while texts are read, and dropped when there are too
 * many.
 */
public final class PatternSet {
  private static final int GROUP_NODES = 3_000;
  private static final int GROUP_PATTERNS = 8;
  private static final int MAX_STATES = 6_000;
  private static final int MAX_STATES_ALONE = 1_000;

  private final int size;
  private final Prefilter prefilter;
  private final List<Automaton> filtered; // in the order of the prefilter
  private final List<LazyDfa> unfiltered; // what any text may match; several patterns in each
  private final List<Interpreted> interpreted;

  /** A pattern with an automaton of its own. */
  private record Automaton(int number, LazyDfa dfa) {}

  /** A pattern that re2j runs. */
  private record Interpreted(int number, Pattern pattern) {}

  private PatternSet(List<String> patterns) {
    size = patterns.size();
    List<Need> needs = new ArrayList<>();
    List<Automaton> alone = new ArrayList<>();
    List<LazyDfa> groups = new ArrayList<>();
    List<Interpreted> refused = new ArrayList<>();
    Program group = new Program();
    for (int i = 0; i < size; i++) {
      Pattern pattern = compile(i, patterns.get(i));
      try {
        Syntax tree = Parser.parse(patterns.get(i));
        Need need = Needs.of(tree);
        if (need.isNothing()) {
          if (group.patterns() >= GROUP_PATTERNS || group.size() >= GROUP_NODES) {
            groups.add(new LazyDfa(group, MAX_STATES));
            group = new Program();
          }
          group.add(tree, i);
        } else {
          Program program = new Program();
          program.add(tree, i);
          alone.add(new Automaton(i, new LazyDfa(program, MAX_STATES_ALONE)));
          needs.add(need);
        }
      } catch (UnsupportedPatternException e) {
        refused.add(new Interpreted(i, pattern));
      }
    }
    if (group.patterns() > 0) {
      groups.add(new LazyDfa(group, MAX_STATES));
    }
    prefilter = new Prefilter(needs);
    filtered = List.copyOf(alone);
    unfiltered = List.copyOf(groups);
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
   * as if there were nothing around them.
   *
   * @throws IndexOutOfBoundsException if the indices are not {@code 0 <= from <= to <= length}
   */
  public void find(byte[] text, int from, int to, BitSet found) {
    find(text, from, to, number -> true, found);
  }

  /**
   * Adds to {@code found} the number of each wanted pattern that occurs between two indices of the
   * text, as if there were nothing around them. Does not allocate more than a few dozen bytes once
   * the states are built, unless {@link #interpreted()} patterns are wanted.
   *
   * @param wanted tells by its number whether a pattern is looked for; others may be found too
   * @throws IndexOutOfBoundsException if the indices are not {@code 0 <= from <= to <= length}
   */
  public void find(byte[] text, int from, int to, IntPredicate wanted, BitSet found) {
    Objects.checkFromToIndex(from, to, text.length);
    prefilter.candidates(
        text,
        from,
        to,
        candidate -> {
          Automaton one = filtered.get(candidate);
          if (wanted.test(one.number())) {
            one.dfa().find(text, from, to, found);
          }
        });
    for (LazyDfa group : unfiltered) {
      group.find(text, from, to, found);
    }
    if (interpreted.isEmpty()) {
      return;
    }
    String chars = null;
    for (Interpreted one : interpreted) {
      if (wanted.test(one.number())) {
        chars =
            chars == null ? new String(text, from, to - from, StandardCharsets.ISO_8859_1) : chars;
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
    return filtered.stream().mapToInt(one -> one.dfa().states()).sum()
        + unfiltered.stream().mapToInt(LazyDfa::states).sum();
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
