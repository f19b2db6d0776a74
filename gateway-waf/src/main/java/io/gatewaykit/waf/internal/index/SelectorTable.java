// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.index;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.internal.index.CompiledRules.IndexedCondition;
import io.gatewaykit.waf.internal.match.NameGlob;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Selector;
import io.gatewaykit.waf.rule.Target;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Maps each kind of value to the conditions that inspect it, whether their rules apply or not. It
 * depends only on the rules, so firewalls share it and apply masks. Immutable and thread-safe.
 */
public final class SelectorTable {
  /**
   * A name with wildcards, or one that can match a path.
   *
   * @param literal whether it has no wildcards
   * @param condition the number of the condition that selects by it
   */
  record Pattern(NameGlob glob, boolean literal, int condition) {}

  /**
   * The conditions that inspect the values of one target.
   *
   * @param byName by lower-case name, for each name in a selector
   * @param unnamed for all other names
   * @param patterns the names with wildcards or of paths
   */
  record Row(Map<String, BitSet> byName, BitSet unnamed, List<Pattern> patterns) {}

  private final Map<Target, Row> rows = new EnumMap<>(Target.class);
  private final Map<Phase, BitSet> phases = new EnumMap<>(Phase.class);

  /**
   * Creates a table.
   *
   * @param base the table of the conditions before {@code first}, or null if there are none
   * @param first the number of the first condition that is not in {@code base}
   */
  SelectorTable(@Nullable SelectorTable base, List<IndexedCondition> conditions, int first) {
    for (Target target : Target.values()) {
      rows.put(target, row(base == null ? null : base.row(target), target, conditions, first));
    }
    for (Phase phase : Phase.values()) {
      BitSet members = base == null ? new BitSet() : (BitSet) base.conditionsIn(phase).clone();
      for (int i = first; i < conditions.size(); i++) {
        members.set(i, conditions.get(i).rule().phase() == phase);
      }
      phases.put(phase, members);
    }
  }

  private static Row row(
      @Nullable Row base, Target target, List<IndexedCondition> conditions, int first) {
    List<Pattern> patterns = new ArrayList<>();
    Map<String, BitSet> byName = new LinkedHashMap<>();
    BitSet unnamed = new BitSet();
    if (base != null) {
      patterns.addAll(base.patterns());
      base.byName().forEach((name, members) -> byName.put(name, (BitSet) members.clone()));
      unnamed.or(base.unnamed());
    }
    List<String> newNames = new ArrayList<>();
    for (int i = first; i < conditions.size(); i++) {
      for (Selector selector : conditions.get(i).condition().selectors()) {
        String name = selector.target() == target ? selector.name() : null;
        if (name == null) {
          continue;
        }
        NameGlob glob = NameGlob.of(name, true);
        boolean literal = glob.isLiteral();
        if (literal && !byName.containsKey(Decoding.lowercase(name))) {
          byName.put(Decoding.lowercase(name), new BitSet());
          newNames.add(Decoding.lowercase(name));
        }
        if (!literal || name.indexOf('.') >= 0 || name.indexOf('[') >= 0) {
          patterns.add(new Pattern(glob, literal, i));
        }
      }
    }
    byName.forEach((name, members) -> {
      boolean isNew = newNames.contains(name);
      add(members, target, name, conditions, isNew ? 0 : first);
    });
    // A name in no selector is inspected like a value without a name.
    add(unnamed, target, "", conditions, first);
    return new Row(byName, unnamed, patterns);
  }

  private static void add(
      BitSet members, Target target, String name, List<IndexedCondition> conditions, int first) {
    for (int i = first; i < conditions.size(); i++) {
      if (conditions.get(i).condition().appliesTo(target, name)) {
        members.set(i);
      }
    }
  }

  Row row(Target target) {
    return rows.getOrDefault(target, new Row(Map.of(), new BitSet(), List.of()));
  }

  /** Returns the conditions whose rules have a phase. */
  BitSet conditionsIn(Phase phase) {
    return phases.getOrDefault(phase, new BitSet());
  }
}
