// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.index;

import io.gatewaykit.waf.internal.body.Section;
import io.gatewaykit.waf.pattern.PatternSet;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds, in one pass over a text, the conditions that may hold for it, so that few or no patterns
 * are run one by one. Conditions that hold are never omitted. Immutable and thread-safe.
 *
 * <p>A matcher can extend another one. It then shares the automata of that matcher and compiles
 * only the additional conditions.
 */
public final class RuleMatcher {
  /**
   * The pattern of a condition that is not searched for. It cannot match, because every byte is in
   * the excluded range.
   */
  private static final String NEVER = "[^\\x00-\\xff]";

  private static final int MAX_LITERAL = 256; // in chars; longer ones are compared one by one

  private final @Nullable RuleMatcher base;
  // numbered as the conditions that follow those of the base
  private final @Nullable PatternSet patterns;
  private final int first; // number of the first condition that is not in the base
  private final int end; // number after the last condition
  private final BitSet always = new BitSet();
  // conditions that hold if their pattern does not occur
  private final BitSet negated = new BitSet();
  private final BitSet unfound = new BitSet(); // conditions that may hold if no pattern occurs

  RuleMatcher(List<Condition> conditions) {
    this(null, conditions);
  }

  /** Creates a matcher of the conditions of another one, followed by additional conditions. */
  RuleMatcher(@Nullable RuleMatcher base, List<Condition> conditions) {
    this.base = base;
    first = base == null ? 0 : base.end;
    end = first + conditions.size();
    if (base != null) {
      always.or(base.always);
      negated.or(base.negated);
    }
    PatternSet.Builder set = PatternSet.builder();
    for (int i = 0; i < conditions.size(); i++) {
      int number = first + i;
      Condition condition = conditions.get(i);
      String regex = regex(condition.operator());
      if (regex != null) {
        set.checkedPattern(regex);
      } else if (condition.operator() instanceof Operator.Phrases phrases
          && phrases.phrases().size() <= PatternSet.MAX_PHRASES
          && phrases.phrases().stream().allMatch(RuleMatcher::isAscii)) {
        set.phrases(phrases.phrases());
      } else {
        set.checkedPattern(NEVER);
        always.set(number);
      }
      negated.set(number, condition.negated() && !always.get(number));
    }
    unfound.or(always);
    unfound.or(negated);
    patterns = conditions.isEmpty() ? null : set.build();
  }

  /** Returns a pattern equivalent to an operator, or null if the operator has none. */
  private static @Nullable String regex(Operator operator) {
    if (operator instanceof Operator.Matches o) {
      return o.regex();
    }
    if (operator instanceof Operator.EqualTo o && isShort(o.text())) {
      return "^" + literal(o.text()) + "$";
    }
    if (operator instanceof Operator.BeginsWith o && isShort(o.text())) {
      return "^" + literal(o.text());
    }
    if (operator instanceof Operator.EndsWith o && isShort(o.text())) {
      return literal(o.text()) + "$";
    }
    return operator instanceof Operator.Contains o && isShort(o.text()) ? literal(o.text()) : null;
  }

  private static boolean isShort(String text) {
    return !text.isEmpty() && text.length() <= MAX_LITERAL;
  }

  private static String literal(String text) {
    StringBuilder regex = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      regex.append("\\x").append(HexFormat.of().toHexDigits(b));
    }
    return regex.toString();
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x7F);
  }

  /** Returns whether a condition holds whenever it is a candidate. */
  public boolean isExact(int condition) {
    return !always.get(condition);
  }

  public Pass pass() {
    return new Pass();
  }

  /** The working memory to inspect one text at a time. Not thread-safe. */
  public final class Pass {
    private final @Nullable Pass before = base == null ? null : base.pass();
    private final PatternSet.@Nullable Search search = patterns == null ? null : patterns.search();
    private final BitSet wantedHere = new BitSet(base == null ? 0 : end - first);
    private final BitSet foundHere = new BitSet(base == null ? 0 : end - first);

    /**
     * Adds the wanted conditions that may hold for a text to {@code conditions}, an empty set.
     *
     * @param section the position of the text in its value; unless it starts the value, its first
     *     byte is only the context of the second
     */
    public void candidates(byte[] text, Section section, BitSet wanted, BitSet conditions) {
      find(text, section, wanted, conditions);
      if (conditions.isEmpty() && !wanted.intersects(unfound)) { // fast path for most texts
        return;
      }
      conditions.xor(negated);
      conditions.or(always);
      conditions.and(wanted);
    }

    private void find(byte[] text, Section section, BitSet wanted, BitSet found) {
      if (before != null && wanted.nextSetBit(0) < first) {
        before.find(text, section, wanted, found);
      }
      if (search == null || wanted.nextSetBit(first) < 0) {
        return;
      }
      if (first == 0) {
        find(search, text, section, wanted, found);
        return;
      }
      wantedHere.clear();
      foundHere.clear();
      for (int i = wanted.nextSetBit(first); i >= 0; i = wanted.nextSetBit(i + 1)) {
        wantedHere.set(i - first);
      }
      find(search, text, section, wantedHere, foundHere);
      for (int i = foundHere.nextSetBit(0); i >= 0; i = foundHere.nextSetBit(i + 1)) {
        found.set(first + i);
      }
    }

    private static void find(
        PatternSet.Search search, byte[] text, Section section, BitSet wanted, BitSet found) {
      int from = first(text, section);
      search.find(text, from, text.length, from == 0, section.endsValue(), wanted, found);
    }

    /** Returns an index near the end of the match of an {@link #isExact exact} condition, or -1. */
    public int firstEnd(int condition, byte[] text, Section section) {
      if (condition < first) {
        return before == null ? -1 : before.firstEnd(condition, text, section);
      }
      if (search == null) {
        return -1;
      }
      int from = first(text, section);
      return search.firstEnd(
          condition - first, text, from, text.length, from == 0, section.endsValue());
    }

    /** Returns the index at which the search starts. */
    private static int first(byte[] text, Section section) {
      return section.startsValue() || text.length == 0 ? 0 : 1;
    }
  }
}
