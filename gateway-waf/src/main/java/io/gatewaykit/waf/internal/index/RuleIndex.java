// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.index;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.internal.index.CompiledRules.IndexedCondition;
import io.gatewaykit.waf.internal.index.ConditionSet.ConditionGroup;
import io.gatewaykit.waf.internal.match.NameGlob;
import io.gatewaykit.waf.internal.value.Value;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleMode;
import io.gatewaykit.waf.rule.Selector;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The conditions of the rules that apply in one firewall, indexed by the values that they inspect
 * and by their transformations. Immutable and thread-safe.
 */
@SuppressWarnings("EnumOrdinal") // array indices on the hot path
public final class RuleIndex {
  /** A pass over the values of a request. */
  public enum EvaluationPass {
    /** Head values, when the head arrives. */
    HEAD,
    /** Head values again, when the body arrives. */
    HEAD_WITH_BODY,
    /** Body values. */
    BODY;

    /** Returns whether rules of the phase are evaluated in this pass. */
    public boolean evaluates(Phase phase) {
      return switch (this) {
        case HEAD -> phase != Phase.BODY;
        case HEAD_WITH_BODY -> phase == Phase.BODY;
        case BODY -> phase != Phase.HEAD;
      };
    }
  }

  /**
   * A chain of transformations: a prefix chain followed by one more step.
   *
   * @param prefix the number of the prefix, 0 for the empty chain
   * @param triggers the traits of which a text needs at least one for any step to change it
   */
  public record TransformChain(int prefix, Transformation lastStep, int triggers) {}

  /** A condition on the number of values that a selector matches. */
  public record CountCondition(Selector selector, Phase phase, ConditionSet conditions) {}

  /**
   * The conditions on the values of a target: by lower-case name, by glob, and for all other names.
   */
  private record TargetConditions(
      Map<String, ConditionSet> byName,
      List<NameGlob> globs,
      List<NameGlob> paths, // those names and globs that can match a JSON path
      BitSet globIndices,
      ConditionSet unnamed) {}

  private final CompiledRules rules;
  private final List<IndexedCondition> conditions;
  private final BitSet applied = new BitSet(); // conditions of rules that apply in this firewall
  private final BitSet enforced = new BitSet(); // those of them whose hits may block
  private final List<ConditionGroup> groups = new ArrayList<>();
  private final List<TransformChain> chains = new ArrayList<>();
  private final Map<BitSet, ConditionSet> known = new HashMap<>(); // used during construction only
  private final TargetConditions[][] targetConditions; // indexed by the ordinals of pass and target
  private final List<CountCondition> countConditions = new ArrayList<>();
  private final Set<Target> targets = EnumSet.noneOf(Target.class);
  private final boolean needsHeadInBody;

  public RuleIndex(RuleSelection selection) {
    rules = CompiledRules.shared(selection.builtin()).with(selection.own());
    conditions = rules.conditions();
    Map<List<Transformation>, BitSet> byChain = new LinkedHashMap<>();
    boolean anyInBody = false;
    for (int i = 0; i < conditions.size(); i++) {
      Rule rule = conditions.get(i).rule();
      RuleMode mode = selection.mode(rule);
      if (mode != RuleMode.OFF) {
        applied.set(i);
        enforced.set(i, mode == RuleMode.ENFORCE);
        anyInBody |= rule.phase() == Phase.BODY;
        byChain
            .computeIfAbsent(conditions.get(i).condition().transformations(), chain -> new BitSet())
            .set(i);
      }
    }
    Map<List<Transformation>, Integer> numbers = new HashMap<>();
    byChain.forEach((chain, members) -> groups.add(group(chainNumber(chain, numbers), members)));
    targetConditions = new TargetConditions[EvaluationPass.values().length][Target.values().length];
    for (EvaluationPass pass : EvaluationPass.values()) {
      for (Target target : Target.values()) {
        targetConditions[pass.ordinal()][target.ordinal()] = targetConditions(pass, target);
      }
    }
    for (int i = applied.nextSetBit(0); i >= 0; i = applied.nextSetBit(i + 1)) {
      for (Selector selector : conditions.get(i).condition().selectors()) {
        targets.add(selector.target());
        if (selector.use() == Selector.Use.COUNT) {
          countConditions.add(
              new CountCondition(selector, conditions.get(i).rule().phase(), alone(i)));
        }
      }
    }
    known.clear();
    needsHeadInBody = !countConditions.isEmpty() || anyInBody;
  }

  private ConditionGroup group(int chain, BitSet members) {
    return new ConditionGroup(chain, members, members.intersects(enforced));
  }

  /** Returns a set of this condition only. */
  public ConditionSet alone(int condition) {
    BitSet one = new BitSet();
    one.set(condition);
    return newConditionSet(one, true);
  }

  /** Returns the number of a chain, 0 for the empty one. Prefixes have smaller numbers. */
  private int chainNumber(List<Transformation> steps, Map<List<Transformation>, Integer> numbers) {
    if (steps.isEmpty()) {
      return 0;
    }
    Integer id = numbers.get(steps);
    if (id == null) {
      int last = steps.size() - 1;
      int prefix = chainNumber(steps.subList(0, last), numbers);
      int triggers = triggersOf(prefix) | CharTraits.triggersOf(steps.get(last));
      chains.add(new TransformChain(prefix, steps.get(last), triggers));
      id = chains.size();
      numbers.put(steps, id);
    }
    return id;
  }

  private int triggersOf(int chain) {
    return chain == 0 ? 0 : transformChain(chain).triggers();
  }

  private TargetConditions targetConditions(EvaluationPass pass, Target target) {
    BitSet mask = new BitSet();
    for (Phase phase : Phase.values()) {
      if (pass.evaluates(phase)) {
        mask.or(rules.selectors().conditionsIn(phase));
      }
    }
    mask.and(applied);
    SelectorTable.Row row = rules.selectors().row(target);
    List<NameGlob> globs = new ArrayList<>();
    List<NameGlob> paths = new ArrayList<>();
    BitSet globIndices = new BitSet();
    for (SelectorTable.Pattern pattern : row.patterns()) {
      if (applied.get(pattern.condition())) {
        paths.add(pattern.glob());
        if (!pattern.literal()) {
          globs.add(pattern.glob());
          globIndices.set(pattern.condition());
        }
      }
    }
    BitSet unnamed = masked(row.unnamed(), mask);
    Map<String, ConditionSet> byName = new HashMap<>();
    row.byName()
        .forEach((name, members) -> {
          BitSet indices = masked(members, mask);
          // a listed name is not matched against globs
          if (!indices.equals(unnamed) || !globs.isEmpty()) {
            byName.put(name, shared(indices));
          }
        });
    return new TargetConditions(byName, globs, paths, globIndices, shared(unnamed));
  }

  private static BitSet masked(BitSet members, BitSet mask) {
    BitSet masked = (BitSet) members.clone();
    masked.and(mask);
    return masked;
  }

  private ConditionSet shared(BitSet indices) {
    return known.computeIfAbsent(indices, key -> newConditionSet(key, true));
  }

  private BitSet indicesFor(EvaluationPass pass, Target target, String name, String path) {
    BitSet indices = new BitSet();
    for (int i = applied.nextSetBit(0); i >= 0; i = applied.nextSetBit(i + 1)) {
      indices.set(i, inspects(i, pass, target, name, path));
    }
    return indices;
  }

  private boolean inspects(
      int condition, EvaluationPass pass, Target target, String name, String path) {
    return pass.evaluates(conditions.get(condition).rule().phase())
        && conditions.get(condition).condition().appliesTo(target, name, path);
  }

  private ConditionSet newConditionSet(BitSet indices, boolean shared) {
    List<ConditionGroup> narrowed = new ArrayList<>();
    int triggers = 0;
    for (ConditionGroup group : groups) {
      BitSet members = (BitSet) group.conditions().clone();
      members.and(indices);
      if (!members.isEmpty()) {
        narrowed.add(group(group.chain(), members));
        triggers |= triggersOf(group.chain());
      }
    }
    return new ConditionSet(indices, narrowed, triggers, shared);
  }

  /** Returns the conditions that inspect a value. */
  public ConditionSet conditionsFor(EvaluationPass pass, Value value) {
    TargetConditions all = targetConditions[pass.ordinal()][value.target().ordinal()];
    if (value.path() != null && !all.paths().isEmpty()) {
      String path = value.fullName();
      if (covers(all.paths(), path)) {
        return newConditionSet(indicesFor(pass, value.target(), value.name(), path), false);
      }
    }
    if (!all.byName().isEmpty()) {
      ConditionSet byName = all.byName().get(Decoding.lowercase(value.name()));
      if (byName != null) {
        return byName;
      }
    }
    String name = value.name();
    if (covers(all.globs(), name)) {
      BitSet indices = (BitSet) all.unnamed().conditions().clone();
      all.globIndices().stream()
          .forEach(i -> indices.set(i, inspects(i, pass, value.target(), name, name)));
      return newConditionSet(indices, false);
    }
    return all.unnamed();
  }

  private static boolean covers(List<NameGlob> globs, String name) {
    for (int i = 0; i < globs.size(); i++) { // called for each value: avoids an iterator
      if (globs.get(i).covers(name)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the targets that at least one rule inspects. */
  public Set<Target> targets() {
    return targets;
  }

  public List<CountCondition> countConditions() {
    return countConditions;
  }

  /** Returns whether any rule needs the head values once the body arrives. */
  public boolean needsHeadInBody() {
    return needsHeadInBody;
  }

  public IndexedCondition condition(int number) {
    return conditions.get(number);
  }

  /**
   * Returns whether the set contains all conditions of the rule to which this condition belongs.
   */
  public boolean allMatched(int condition, BitSet matched) {
    for (int number : rules.conditionsOf(condition)) {
      if (!matched.get(number)) {
        return false;
      }
    }
    return true;
  }

  /** Returns the maximum number of groups in a condition set. */
  public int groupCount() {
    return groups.size();
  }

  /** Returns the chain of a number other than 0. */
  public TransformChain transformChain(int number) {
    return chains.get(number - 1);
  }

  /** Returns the number of chains, not counting the empty one. */
  public int chainCount() {
    return chains.size();
  }

  /** Returns whether hits of the rule to which this condition belongs may block. */
  public boolean isEnforced(int condition) {
    return enforced.get(condition);
  }

  public RuleMatcher matcher() {
    return rules.matcher();
  }

  /** Returns the evaluator of a condition's operator. */
  public OperatorEvaluator operatorEvaluator(int condition) {
    return rules.operatorEvaluator(condition);
  }
}
