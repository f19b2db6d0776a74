package io.gatewaykit.waf.pattern;

import static java.util.Objects.requireNonNull;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
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
 * A set of RE2 patterns and phrases, all looked for in one pass. It tells which of them occur, not
 * where. The time is linear in the text, whatever the patterns. Immutable for its users and
 * thread-safe.
 *
 * <p>Patterns and texts are bytes: a char of a pattern is one byte, so it stays below U+0100 (or is
 * written as UTF-8 in such chars). A dot matches line breaks; {@code $} is the end of the text. The
 * answers are those of re2j with {@code DOTALL} on the same bytes as Latin-1.
 *
 * <p>A text is first read once for the words and signs that each pattern needs, and only the
 * patterns that may occur are run. Their automata build states while texts are read; together these
 * take {@link Builder#stateBytes} at most, and are dropped when there are too many.
 */
public final class PatternSet {
  /** How many phrases one member may have. */
  public static final int MAX_PHRASES = 20_000;

  private static final int GROUP_NODES = 3_000;
  private static final int GROUP_PATTERNS = 8;
  private static final int MAX_CHARS = 16_384;
  private static final int MAX_DEPTH = 200;

  private final int size;
  private final Prefilter prefilter;
  private final Filtered[] filtered; // in the order of the prefilter
  private final Group[] unfiltered; // what any text may match
  private final Interpreted[] interpreted;

  /** A pattern that needs something; without an automaton if it occurs wherever that is. */
  private record Filtered(int number, @Nullable LazyDfa dfa) {}

  /** Patterns that share an automaton. */
  private record Group(BitSet numbers, LazyDfa dfa) {}

  /** A pattern that re2j runs. */
  private record Interpreted(int number, Pattern pattern) {
    static Interpreted of(int number, Entry entry) {
      return new Interpreted(number, Pattern.compile(entry.regex(), Pattern.DOTALL));
    }
  }

  private PatternSet(Builder builder) {
    size = builder.entries.size();
    List<Need> needs = new ArrayList<>();
    List<Filtered> alone = new ArrayList<>();
    List<Group> groups = new ArrayList<>();
    List<Interpreted> refused = new ArrayList<>();
    StateMemory memory = new StateMemory(builder.stateBytes);
    Program group = new Program();
    BitSet members = new BitSet();
    for (int i = 0; i < size; i++) {
      Entry entry = builder.entries.get(i);
      Syntax tree = entry.tree();
      if (tree == null) {
        refused.add(Interpreted.of(i, entry));
        continue;
      }
      try {
        Needs.Known known = Needs.of(tree);
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
        refused.add(Interpreted.of(i, entry));
      }
    }
    if (group.patterns() > 0) {
      groups.add(new Group(members, new LazyDfa(group, memory)));
    }
    prefilter = new Prefilter(needs);
    filtered = alone.toArray(new Filtered[0]);
    unfiltered = groups.toArray(new Group[0]);
    interpreted = refused.toArray(new Interpreted[0]);
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
   * Compiles patterns; they are numbered from 0 in this order.
   *
   * @throws IllegalArgumentException if one is not an RE2 pattern; the message names its number and
   *     what is wrong
   */
  public static PatternSet of(List<String> patterns) {
    Builder builder = builder();
    patterns.forEach(builder::pattern);
    return builder.build();
  }

  /** Compiles patterns as {@link #of(List)} does. */
  public static PatternSet of(String... patterns) {
    return of(List.of(patterns));
  }

  /**
   * Checks that a pattern can be a member of a set.
   *
   * @throws IllegalArgumentException if it is not RE2 with at most 16,384 characters and 200 groups
   *     inside each other; the message says what is wrong and where
   */
  public static void check(String regex) {
    if (regex.length() > MAX_CHARS) {
      throw new IllegalArgumentException(
          "regex: %s... with %d characters (expected: at most %d)"
              .formatted(regex.substring(0, 80), regex.length(), MAX_CHARS));
    }
    int depth = 0;
    for (int i = 0; i < regex.length(); i++) { // brackets that are text count too; no one has 200
      char c = regex.charAt(i);
      i += c == '\\' ? 1 : 0;
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (depth > MAX_DEPTH) {
        throw new IllegalArgumentException(
            "regex: %s (expected: at most %d groups inside each other; index %d)"
                .formatted(regex, MAX_DEPTH, i));
      }
    }
    try {
      Pattern.compile(regex, Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      int at = e.getPattern() == null ? -1 : regex.indexOf(e.getPattern());
      throw new IllegalArgumentException(
          "regex: %s (expected: an RE2 pattern; %s at index %d)"
              .formatted(regex, e.getDescription(), Math.max(at, 0)),
          e);
    }
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
     * Returns the index where a reader of the text first knows that a pattern occurs: the end of
     * the match that ends first, or a byte more where that depends on the next one; -1 if it does
     * not occur. In linear time.
     *
     * @throws IndexOutOfBoundsException if the indices are not {@code 0 <= from <= to <= length},
     *     or the set has no pattern of this number
     */
    public int firstEnd(int number, byte[] text, int from, int to) {
      Objects.checkIndex(number, size);
      Objects.checkFromToIndex(from, to, text.length);
      for (int i = 0; i < filtered.length; i++) {
        if (filtered[i].number() == number) {
          LazyDfa dfa = filtered[i].dfa();
          return dfa == null
              ? prefilter.firstEnd(i, text, from, to)
              : dfa.firstEnd(text, from, to, number);
        }
      }
      for (Group group : unfiltered) {
        if (group.numbers().get(number)) {
          return group.dfa().firstEnd(text, from, to, number);
        }
      }
      String chars = new String(text, from, to - from, StandardCharsets.ISO_8859_1);
      for (Interpreted one : interpreted) {
        Matcher matcher = one.pattern().matcher(chars);
        if (one.number() == number && matcher.find()) {
          return from + matcher.end();
        }
      }
      return -1;
    }

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
        Filtered one = filtered[i];
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
    return interpreted.length;
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
        Arrays.stream(filtered).map(Filtered::dfa).filter(Objects::nonNull),
        Arrays.stream(unfiltered).map(Group::dfa));
  }

  /** A member: a pattern, and what was read of it unless the set's own compiler refuses it. */
  private record Entry(String regex, @Nullable Syntax tree) {}

  /** Collects the members of a set. Not thread-safe. */
  public static final class Builder {
    private final List<Entry> entries = new ArrayList<>();
    private long stateBytes = 16L << 20;

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
     * Adds a pattern that {@link PatternSet#check} has let pass, without checking it again, which
     * takes longer than all the rest. What another pattern finds is not defined.
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
     * Adds one member that occurs where one of these phrases does, without regard to the case of
     * letters. Thousands cost a text no more than one.
     *
     * @throws IllegalArgumentException if there are none or more than 20,000, or one is empty or
     *     not ASCII
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
     * Sets how much memory the states of all automata may take, beyond a few kilobytes each.
     * Default: 16 MiB.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder stateBytes(long bytes) {
      if (bytes < 0 || bytes > 1L << 32) {
        throw new IllegalArgumentException(
            "stateBytes: %d (expected: 0..%d)".formatted(bytes, 1L << 32));
      }
      stateBytes = bytes;
      return this;
    }

    /** Compiles the set; its members are numbered from 0 in the order they were added. */
    public PatternSet build() {
      return new PatternSet(this);
    }
  }
}
