// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.gatewaykit.api.internal.Arguments;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A set of RE2 patterns and phrases that are matched in a single pass. It reports which of them
 * occur, but not where. Matching takes time linear in the length of the text for any patterns.
 * Thread-safe; the set of patterns is immutable.
 *
 * <p>Patterns and texts are bytes. Each char of a pattern denotes one byte and must be below
 * U+0100; other characters are written as their UTF-8 bytes. A dot matches line breaks, and {@code
 * $} matches only at the end of the text. The results equal those of re2j with {@code DOTALL} on
 * the same bytes decoded as Latin-1.
 *
 * <p>A first pass searches the text for the literals that each pattern requires, and only patterns
 * whose literals are present are run. Their automata construct states on demand. All states
 * together use at most {@link Builder#stateBytes}, and are dropped when that is exceeded.
 */
public final class PatternSet {
  /** The maximum number of phrases of one member. */
  public static final int MAX_PHRASES = 20_000;

  private static final int GROUP_NODES = 3_000;
  private static final int GROUP_PATTERNS = 8;

  private final int size;
  private final Prefilter prefilter;
  private final Filtered[] filtered; // in the order of the prefilter
  private final Group[] unfiltered; // patterns without required literals
  private final Interpreted[] interpreted;

  /**
   * A pattern with required literals. The automaton is null if these literals are also sufficient.
   */
  private record Filtered(int number, @Nullable LazyDfa dfa) {}

  /** Patterns that share an automaton. */
  private record Group(BitSet numbers, LazyDfa dfa) {}

  /** A pattern that is run by re2j. */
  private record Interpreted(int number, Pattern pattern) {
    static Interpreted of(int number, Entry entry) {
      return new Interpreted(number, Pattern.compile(entry.regex(), Pattern.DOTALL));
    }
  }

  private PatternSet(Builder builder) {
    size = builder.entries.size();
    List<RequiredLiterals> needs = new ArrayList<>();
    List<Filtered> alone = new ArrayList<>();
    List<Group> groups = new ArrayList<>();
    List<Interpreted> interpretedEntries = new ArrayList<>();
    StateMemory memory = new StateMemory(requireNonNullElse(builder.stateBytes, 16L << 20));
    Program group = new Program();
    BitSet members = new BitSet();
    for (int i = 0; i < size; i++) {
      Entry entry = builder.entries.get(i);
      Syntax tree = entry.tree();
      if (tree == null) {
        interpretedEntries.add(Interpreted.of(i, entry));
        continue;
      }
      try {
        LiteralExtractor.Known known = LiteralExtractor.of(tree);
        if (!known.need().isNothing()) {
          alone.add(new Filtered(i, known.enough() ? null : dfa(tree, i, memory)));
          needs.add(known.need());
        } else {
          if (group.patterns() >= GROUP_PATTERNS || group.size() >= GROUP_NODES) {
            groups.add(new Group(members, new LazyDfa(group, memory)));
            group = new Program();
            members = new BitSet();
          }
          group.add(tree, i);
          members.set(i);
        }
      } catch (UnsupportedPatternException e) {
        interpretedEntries.add(Interpreted.of(i, entry));
      }
    }
    if (group.patterns() > 0) {
      groups.add(new Group(members, new LazyDfa(group, memory)));
    }
    prefilter = new Prefilter(needs);
    filtered = alone.toArray(new Filtered[0]);
    unfiltered = groups.toArray(new Group[0]);
    interpreted = interpretedEntries.toArray(new Interpreted[0]);
  }

  private static LazyDfa dfa(Syntax tree, int number, StateMemory memory)
      throws UnsupportedPatternException {
    Program program = new Program();
    program.add(tree, number);
    return new LazyDfa(program, memory);
  }

  /** Returns a builder of an empty set. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Compiles patterns. They are numbered from 0 in list order.
   *
   * @throws IllegalArgumentException if one is not an RE2 pattern; the message contains its number
   *     and the reason
   */
  public static PatternSet of(List<String> patterns) {
    Builder builder = builder();
    patterns.forEach(builder::pattern);
    return builder.build();
  }

  /** Compiles patterns; equivalent to {@link #of(List)}. */
  public static PatternSet of(String... patterns) {
    return of(List.of(patterns));
  }

  /**
   * Checks that a pattern can be a member of a set.
   *
   * @throws IllegalArgumentException if it is not RE2 with at most 16,384 characters and 200 nested
   *     groups; the message contains the reason and the position
   */
  public static void check(String regex) {
    PatternCheck.check(regex);
  }

  /** Returns the number of patterns. */
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

  /** Returns a reusable matcher of these patterns for a single thread. */
  public Search search() {
    return new Search();
  }

  /** Matches the patterns of a set. Holds working memory and is therefore not thread-safe. */
  public final class Search {
    private final Prefilter.Pass pass = prefilter.new Pass();

    private Search() {}

    /**
     * Returns the earliest index at which a pattern is known to occur when the text is read from
     * left to right. This is the end of the match that ends first, or one byte later if that match
     * depends on the next byte. Returns -1 if the pattern does not occur. Takes linear time.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= from <= to <= length} and the set has a
     *     pattern of this number
     */
    public int firstEnd(int number, byte[] text, int from, int to) {
      return firstEnd(number, text, from, to, true, true);
    }

    /**
     * Equivalent to {@link #firstEnd(int, byte[], int, int)} for a section of a longer text.
     *
     * @param starts whether the section is the start of the text. If not, the byte before {@code
     *     from} is the context of conditions there, and {@code ^} does not match
     * @param ends whether the section is the end of the text. If not, {@code $} does not match, and
     *     conditions on the byte after the section do not hold
     * @throws IndexOutOfBoundsException unless {@code 0 <= from <= to <= length}, a byte is before
     *     {@code from} if the section does not start the text, and the set has a pattern of this
     *     number
     */
    public int firstEnd(int number, byte[] text, int from, int to, boolean starts, boolean ends) {
      Objects.checkIndex(starts ? 0 : from - 1, text.length + 1);
      boolean inside = !starts;
      Objects.checkIndex(number, size);
      Objects.checkFromToIndex(from, to, text.length);
      for (int i = 0; i < filtered.length; i++) {
        if (filtered[i].number() == number) {
          LazyDfa dfa = filtered[i].dfa();
          return dfa == null
              ? prefilter.firstEnd(i, text, from, to)
              : dfa.firstEnd(text, from, to, inside, ends, number);
        }
      }
      for (Group group : unfiltered) {
        if (group.numbers().get(number)) {
          return group.dfa().firstEnd(text, from, to, inside, ends, number);
        }
      }
      int before = inside ? 1 : 0;
      String chars =
          new String(text, from - before, to - from + before, StandardCharsets.ISO_8859_1);
      for (Interpreted one : interpreted) {
        Matcher matcher = one.pattern().matcher(chars);
        if (one.number() == number && matcher.find(before)) {
          return from - before + matcher.end();
        }
      }
      return -1;
    }

    /**
     * Adds to {@code found} the number of each wanted pattern that occurs between two indices, as
     * if that section were the entire text. Does not allocate once the states are built, unless
     * {@link #interpreted()} patterns are wanted.
     *
     * @param wanted the numbers of the patterns to search for; others may be reported as well
     * @throws IndexOutOfBoundsException unless {@code 0 <= from <= to <= length}
     */
    public void find(byte[] text, int from, int to, BitSet wanted, BitSet found) {
      find(text, from, to, true, true, wanted, found);
    }

    /**
     * Equivalent to {@link #find(byte[], int, int, BitSet, BitSet)} for a section of a longer text.
     *
     * @param starts whether the section is the start of the text. If not, the byte before {@code
     *     from} is the context of conditions there, and {@code ^} does not match
     * @param ends whether the section is the end of the text. If not, {@code $} does not match, and
     *     conditions on the byte after the section do not hold. {@link #interpreted()} patterns
     *     ignore this parameter, and match as if the text ended
     * @throws IndexOutOfBoundsException unless {@code 0 <= from <= to <= length}, and a byte is
     *     before {@code from} if the section does not start the text
     */
    public void find(
        byte[] text, int from, int to, boolean starts, boolean ends, BitSet wanted, BitSet found) {
      Objects.checkIndex(starts ? 0 : from - 1, text.length + 1);
      boolean inside = !starts;
      Objects.checkFromToIndex(from, to, text.length);
      pass.read(text, from, to);
      for (int i = pass.nextKeyed(); i >= 0; i = pass.nextKeyed()) {
        Filtered one = filtered[i];
        if (wanted.get(one.number()) && pass.mayMatch(i)) {
          if (one.dfa() == null) {
            found.set(one.number());
          } else {
            one.dfa().find(text, from, to, inside, ends, found);
          }
        }
      }
      for (Group group : unfiltered) {
        if (group.numbers().intersects(wanted)) {
          group.dfa().find(text, from, to, inside, ends, found);
        }
      }
      int before = inside ? 1 : 0;
      String chars = null;
      for (Interpreted one : interpreted) {
        if (wanted.get(one.number())) {
          if (chars == null) {
            chars =
                new String(text, from - before, to - from + before, StandardCharsets.ISO_8859_1);
          }
          if (one.pattern().matcher(chars).find(before)) {
            found.set(one.number());
          }
        }
      }
    }
  }

  /**
   * Returns the number of patterns that are run by re2j because this compiler does not support
   * them.
   */
  public int interpreted() {
    return interpreted.length;
  }

  /** Returns the number of states that the automata cache now. */
  int states() {
    return automata().mapToInt(LazyDfa::states).sum();
  }

  /** Returns the work spent on building states so far, in visited nodes (machine-independent). */
  long visits() {
    return automata().mapToLong(LazyDfa::visits).sum();
  }

  private Stream<LazyDfa> automata() {
    return Stream.concat(
        Arrays.stream(filtered).map(Filtered::dfa).filter(Objects::nonNull),
        Arrays.stream(unfiltered).map(Group::dfa));
  }

  /** A member of the set. The tree is null if this compiler does not support the pattern. */
  private record Entry(String regex, @Nullable Syntax tree) {}

  /** Collects the members of a set. Not thread-safe. */
  public static final class Builder {
    private final List<Entry> entries = new ArrayList<>();
    private @Nullable Long stateBytes;

    private Builder() {}

    /**
     * Adds a pattern.
     *
     * @throws IllegalArgumentException as {@link PatternSet#check} does
     */
    public Builder pattern(String regex) {
      requireNonNull(regex, "regex");
      try {
        check(regex);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "pattern %d: ".formatted(entries.size()) + e.getMessage(), e);
      }
      return checkedPattern(regex);
    }

    /**
     * Adds a pattern that {@link PatternSet#check} has already accepted, and skips that check,
     * which is the most expensive part of compilation. For any other pattern the results are
     * undefined.
     */
    public Builder checkedPattern(String regex) {
      Syntax tree;
      try {
        tree = Parser.parse(regex);
      } catch (UnsupportedPatternException e) {
        tree = null;
      }
      entries.add(new Entry(regex, tree));
      return this;
    }

    /**
     * Adds one member that occurs in a text if any of these phrases does, ignoring case. The cost
     * per text does not depend on the number of phrases.
     *
     * @throws IllegalArgumentException if there are no phrases or more than 20,000, or if one is
     *     empty or not ASCII
     */
    public Builder phrases(Collection<String> phrases) {
      if (phrases.isEmpty() || phrases.size() > MAX_PHRASES) {
        throw new IllegalArgumentException(
            "phrases: %d (expected: 1..%d)".formatted(phrases.size(), MAX_PHRASES));
      }
      List<Syntax> options = new ArrayList<>();
      for (String phrase : phrases) {
        if (phrase.isEmpty() || phrase.chars().anyMatch(c -> c >= FoldedByte.BEYOND)) {
          throw new IllegalArgumentException(
              "phrase: \"%s\" (expected: ASCII, not empty)".formatted(phrase));
        }
        options.add(new Syntax.Concat(phrase.chars().mapToObj(Builder::anyCase).toList()));
      }
      entries.add(new Entry("", new Syntax.Alternatives(options)));
      return this;
    }

    private static Syntax anyCase(int value) {
      return new Syntax.Bytes(ByteSet.of(value).foldCase());
    }

    /**
     * Sets the memory bound for the states of all automata, not counting a few kilobytes each.
     * Default: 16 MiB.
     *
     * @throws IllegalArgumentException if out of range
     * @throws IllegalStateException if it is set a second time
     */
    public Builder stateBytes(long bytes) {
      Arguments.range("stateBytes", bytes, 0, 1L << 32);
      stateBytes = Arguments.once("stateBytes", stateBytes, bytes);
      return this;
    }

    /** Compiles the set. Members are numbered from 0 in the order in which they were added. */
    public PatternSet build() {
      return new PatternSet(this);
    }
  }
}
