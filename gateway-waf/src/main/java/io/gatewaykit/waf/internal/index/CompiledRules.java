// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.index;

import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Transformation;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of rules and their automata, which account for most of a firewall's memory and
 * construction time. Immutable and thread-safe.
 *
 * <p>All firewalls share the compiled built-in rules, and their families, levels, modes and
 * exclusions are masks over the conditions. The shared instance is created with the first firewall
 * and released with the last, so only a weak reference is held here. The automaton states that are
 * built during matching are shared as well, with one memory bound for all firewalls.
 */
public final class CompiledRules {
  private static final Map<List<Rule>, WeakReference<CompiledRules>> SHARED = new HashMap<>();

  /** A condition and its position within its rule. */
  public record IndexedCondition(Rule rule, int index, Condition condition) {}

  private final @Nullable CompiledRules base;
  private final List<IndexedCondition> conditions = new ArrayList<>();
  // for rules with several conditions
  private final IdentityHashMap<Rule, int[]> conditionsOfRules = new IdentityHashMap<>();
  private final SelectorTable selectors;
  private final RuleMatcher matcher;
  private final OperatorEvaluator operatorEvaluator = new OperatorEvaluator();

  private CompiledRules(@Nullable CompiledRules base, List<Rule> rules) {
    this.base = base;
    if (base != null) {
      conditions.addAll(base.conditions);
    }
    // Adjacent numbers for conditions with the same transformations, so that the bit set of a group
    // is short.
    Map<List<Transformation>, List<IndexedCondition>> byChain = new LinkedHashMap<>();
    for (Rule rule : rules) {
      for (int i = 0; i < rule.conditions().size(); i++) {
        Condition condition = rule.conditions().get(i);
        byChain
            .computeIfAbsent(condition.transformations(), chain -> new ArrayList<>())
            .add(new IndexedCondition(rule, i, condition));
      }
    }
    List<Condition> added = new ArrayList<>();
    for (List<IndexedCondition> group : byChain.values()) {
      conditions.addAll(group);
      group.forEach(condition -> added.add(condition.condition()));
    }
    for (Rule rule : rules) {
      if (rule.conditions().size() > 1) {
        conditionsOfRules.put(
            rule,
            IntStream.range(0, conditions.size())
                .filter(i -> conditions.get(i).rule() == rule)
                .toArray());
      }
    }
    selectors =
        base == null
            ? new SelectorTable(null, conditions, 0)
            : new SelectorTable(base.selectors, conditions, base.conditions.size());
    matcher = new RuleMatcher(base == null ? null : base.matcher, added);
  }

  /**
   * Returns the compiled form of rules. The same instance is returned while any firewall uses it.
   */
  static CompiledRules shared(List<Rule> rules) {
    synchronized (SHARED) {
      WeakReference<CompiledRules> known = SHARED.get(rules);
      CompiledRules compiled = known == null ? null : known.get();
      if (compiled == null) {
        SHARED.values().removeIf(reference -> reference.get() == null);
        compiled = new CompiledRules(null, rules);
        SHARED.put(List.copyOf(rules), new WeakReference<>(compiled));
      }
      return compiled;
    }
  }

  /** Returns these rules and more, whose conditions have the following numbers. */
  CompiledRules with(List<Rule> more) {
    return more.isEmpty() ? this : new CompiledRules(this, more);
  }

  List<IndexedCondition> conditions() {
    return conditions;
  }

  /** Returns all conditions of the rule to which a condition belongs. */
  int[] conditionsOf(int condition) {
    if (base != null && condition < base.conditions.size()) {
      return base.conditionsOf(condition);
    }
    return conditionsOfRules.getOrDefault(conditions.get(condition).rule(), new int[] {condition});
  }

  SelectorTable selectors() {
    return selectors;
  }

  RuleMatcher matcher() {
    return matcher;
  }

  /** Returns the evaluator of a condition's operator. */
  OperatorEvaluator operatorEvaluator(int condition) {
    return base != null && condition < base.conditions.size()
        ? base.operatorEvaluator
        : operatorEvaluator;
  }
}
