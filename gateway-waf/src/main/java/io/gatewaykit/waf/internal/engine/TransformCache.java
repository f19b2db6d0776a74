// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.waf.internal.body.Section;
import io.gatewaykit.waf.internal.index.ConditionSet;
import io.gatewaykit.waf.internal.index.ConditionSet.ConditionGroup;
import io.gatewaykit.waf.internal.index.RuleIndex;
import io.gatewaykit.waf.internal.index.RuleMatcher;
import io.gatewaykit.waf.rule.Operator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The transformed texts of one value, and the conditions that may hold for them. Common prefixes of
 * transformation chains are computed once, and groups of conditions with equal texts share one
 * search. Reused for one value after another. Not thread-safe.
 */
final class TransformCache {
  private static final int WINDOW = 1_000;
  private static final int UNKNOWN_CHARS = 60; // length shown of a match longer than the window

  private final RuleIndex index;
  private final RuleMatcher.Pass pass;
  private final @Nullable TransformedText[] forms; // by number of the chain
  private final int[] sameAs; // by group: the first group with an equal text
  private final @Nullable BitSet[] wanted; // conditions to search for, by such a first group
  private final @Nullable BitSet[] candidates;
  private final boolean[] scanned;
  private TransformedText received = TransformedText.EMPTY;
  private boolean uniform; // whether no transformation changes the value
  private Section section = Section.WHOLE;
  private List<ConditionGroup> groups = List.of();
  private BitSet all = new BitSet(); // the conditions of all groups; owned by the condition set

  TransformCache(RuleIndex index) {
    this.index = index;
    pass = index.matcher().pass();
    forms = new TransformedText[index.chainCount() + 1];
    int most = index.groupCount();
    sameAs = new int[most];
    scanned = new boolean[most];
    wanted = new BitSet[most];
    candidates = new BitSet[most];
  }

  private static BitSet cleared(@Nullable BitSet[] sets, int number) {
    BitSet set = sets[number];
    if (set == null) { // allocated on demand, since most values need only one
      set = new BitSet();
      sets[number] = set;
    } else {
      set.clear();
    }
    return set;
  }

  /**
   * Sets the next value and the conditions that inspect it.
   *
   * @param position the position of the text in its value; its start and end match as those of the
   *     value only where they are
   */
  void next(String value, Section position, ConditionSet conditions) {
    section = position;
    groups = conditions.groups();
    received = TransformedText.received(value);
    uniform = (received.traits & conditions.triggers()) == 0;
    if (uniform) { // fast path: a single text for all groups
      scanned[0] = false;
      all = conditions.conditions();
      return;
    }
    Arrays.fill(scanned, 0, groups.size(), false);
    Arrays.fill(forms, null);
    forms[0] = received;
    for (int i = 0; i < groups.size(); i++) {
      int first = first(form(i), i);
      sameAs[i] = first;
      BitSet seeing = first == i ? cleared(wanted, i) : requireNonNull(wanted[first]);
      seeing.or(groups.get(i).conditions());
    }
  }

  private int first(TransformedText form, int group) {
    for (int i = 0; i < group; i++) {
      if (sameAs[i] == i && (form(i) == form || Arrays.equals(form(i).bytes, form.bytes))) {
        return i;
      }
    }
    return group;
  }

  /** Returns the text that a group inspects. */
  String text(int group) {
    return form(group).text();
  }

  private TransformedText form(int group) {
    return uniform ? received : chained(groups.get(group).chain());
  }

  private TransformedText chained(int number) {
    TransformedText form = forms[number];
    if (form == null) {
      RuleIndex.TransformChain chain = index.transformChain(number);
      boolean keeps = (received.traits & chain.triggers()) == 0;
      form = keeps ? received : chained(chain.prefix()).after(chain.lastStep());
      forms[number] = form;
    }
    return form;
  }

  /**
   * Returns the numbers of the conditions that may hold for the text of a group. Includes those of
   * other groups with an equal text.
   */
  BitSet candidates(int group) {
    int at = uniform ? 0 : sameAs[group];
    if (!scanned[at]) {
      scanned[at] = true;
      BitSet found = cleared(candidates, at);
      BitSet searched = uniform ? all : requireNonNull(wanted[at]);
      pass.candidates(form(at).bytes, section, searched, found);
    }
    return requireNonNull(candidates[at]);
  }

  /** Returns whether all groups inspect the same text and no condition may hold for it. */
  boolean isClean() {
    return uniform && candidates(0).isEmpty();
  }

  /** Clears the value, so that it is not retained until the next one. */
  void clear() {
    received = TransformedText.EMPTY;
    Arrays.fill(forms, null);
    groups = List.of();
  }

  /** Returns whether a condition holds whenever it is a candidate. */
  boolean isCertain(int condition) {
    return index.matcher().isExact(condition);
  }

  /**
   * Returns the range of a condition's match in the text of a group, or null. In a long text, the
   * regular expression engine searches only a window before the position at which the automaton
   * found the match. The engine is about a hundred times slower, and an attacker can match many
   * rules.
   */
  int @Nullable [] span(int group, int condition) {
    Operator operator = index.condition(condition).condition().operator();
    byte[] bytes = form(group).bytes;
    if (bytes.length <= WINDOW || !isCertain(condition)) {
      return index.operatorEvaluator(condition).match(operator, text(group), section);
    }
    int end = pass.firstEnd(condition, bytes, section);
    if (end < 0) {
      return null;
    }
    int from = Math.max(0, end - WINDOW);
    int to = Math.min(bytes.length, end + 1);
    String window = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    int[] at =
        index
            .operatorEvaluator(condition)
            .match(operator, window, section(from > 0, to < bytes.length));
    return at == null
        ? new int[] {Math.max(0, end - UNKNOWN_CHARS), end}
        : new int[] {from + at[0], from + at[1]};
  }

  /** Returns the position in the value of a window of the text. */
  private Section section(boolean inside, boolean unended) {
    boolean starts = section.startsValue() && !inside;
    boolean ends = section.endsValue() && !unended;
    return starts ? (ends ? Section.WHOLE : Section.FIRST) : ends ? Section.LAST : Section.MIDDLE;
  }
}
