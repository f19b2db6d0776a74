// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import io.gatewaykit.api.request.RequestTarget;
import io.gatewaykit.waf.internal.body.Section;
import io.gatewaykit.waf.internal.decode.Prose;
import io.gatewaykit.waf.internal.exclusion.Exclusions;
import io.gatewaykit.waf.internal.exclusion.SiteAddress;
import io.gatewaykit.waf.internal.index.CompiledRules.IndexedCondition;
import io.gatewaykit.waf.internal.index.ConditionSet;
import io.gatewaykit.waf.internal.index.ConditionSet.ConditionGroup;
import io.gatewaykit.waf.internal.index.RuleIndex;
import io.gatewaykit.waf.internal.value.InspectedHead;
import io.gatewaykit.waf.internal.value.Value;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates conditions for the values of one request, and reports the rules whose conditions all
 * hold. A rule is reported again if another value gives it a higher score. Used by one thread at a
 * time.
 */
final class ValueInspector {
  private static final int MAX_RULES = 64;

  private final CompiledPolicy policy;
  private final RuleIndex index;
  private final InspectedHead request;
  private final WorkBudget budget;
  private final Consumer<Match> matches;
  private @Nullable TransformCache transformCache; // non-null while values are inspected
  private final Map<String, Integer> scores = new HashMap<>(); // of the reported rules, by id
  private int enforcedRules; // number of them that are not only counted
  // conditions matched so far, of rules with several conditions
  private final BitSet matchedConditions = new BitSet(0);
  private @Nullable List<String> paths; // readings of the path, computed on demand by exclusions

  ValueInspector(
      CompiledPolicy policy, InspectedHead request, WorkBudget budget, Consumer<Match> matches) {
    this.policy = policy;
    this.index = policy.index();
    this.request = request;
    this.budget = budget;
    this.matches = matches;
  }

  /** Returns whether any condition of a rule has matched. */
  boolean hasMatches() {
    return !scores.isEmpty() || !matchedConditions.isEmpty();
  }

  /** Returns the working memory to the pool. Called when no more values are available for now. */
  void pause() {
    TransformCache used = transformCache;
    if (used != null) {
      policy.caches().release(used);
      transformCache = null;
    }
  }

  void inspect(Value value, ConditionSet conditions) {
    if (conditions.isEmpty() || budget.isExhausted()) {
      return;
    }
    long chars = value.text().length() + 1L;
    // same cost as the first time, so that the work is deterministic
    if (policy.cleanValues().contains(value, conditions)) {
      budget.spendAll(conditions, chars);
      return;
    }
    TransformCache seen = transformCache();
    seen.next(value.text(), value.section(), conditions);
    if (seen.isClean() && budget.trySpendAll(conditions, chars)) {
      policy.cleanValues().add(value, conditions);
      return;
    }
    if (inspectGroups(value, conditions, seen)) {
      policy.cleanValues().add(value, conditions);
    }
  }

  /** Returns whether all groups were evaluated and none had a candidate. */
  private boolean inspectGroups(Value value, ConditionSet conditions, TransformCache seen) {
    List<ConditionGroup> groups = conditions.groups();
    int length = value.text().length();
    boolean clean = true;
    for (int group = 0; group < groups.size(); group++) {
      if (!groups.get(group).enforced() && !budget.trySpendCounted(length + 1L)) {
        clean = false;
        continue;
      }
      if (groups.get(group).enforced() && !budget.trySpend(length + 1L)) {
        return false;
      }
      BitSet members = groups.get(group).conditions();
      BitSet candidates = seen.candidates(group);
      clean &= candidates.isEmpty();
      for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
        if (members.get(i) && !isSettled(index.condition(i).rule())) {
          if (index.isEnforced(i) ? budget.trySpend(length) : budget.trySpendCounted(length)) {
            match(i, value, seen, group);
          } else if (budget.isExhausted()) {
            return false;
          }
        }
      }
    }
    return clean;
  }

  /** Returns whether a rule was reported with a score that no other value can exceed. */
  private boolean isSettled(Rule rule) {
    Integer score = scores.get(rule.id());
    return score != null && score >= policy.selection().score(rule);
  }

  private TransformCache transformCache() {
    TransformCache made = transformCache;
    if (made == null) {
      made = policy.caches().acquire();
      transformCache = made;
    }
    return made;
  }

  private void match(int number, Value value, TransformCache transformCache, int group) {
    IndexedCondition indexed = index.condition(number);
    Condition condition = indexed.condition();
    Rule rule = indexed.rule();
    boolean enforced = index.isEnforced(number);
    int known = enforced ? enforcedRules : scores.size() - enforcedRules;
    if (matchedConditions.get(number) || known >= MAX_RULES) {
      return; // already matched by another value, and the rule awaits its other conditions
    }
    boolean certain = transformCache.isCertain(number);
    int[] span = certain ? null : transformCache.span(group, number);
    if (!certain && (span != null) == condition.negated()) {
      return;
    }
    if (isExcluded(number, value)) {
      return;
    }
    if (rule.conditions().size() > 1) {
      matchedConditions.set(number);
      if (!index.allMatched(number, matchedConditions)) {
        return;
      }
    }
    String text = transformCache.text(group);
    int score = score(number, value, text);
    Integer earlier = scores.get(rule.id());
    if (earlier != null && earlier >= score) {
      return;
    }
    scores.put(rule.id(), score);
    enforcedRules += enforced && earlier == null ? 1 : 0;
    if (certain) { // only the position is unknown, and computed last because it is slow
      span = transformCache.span(group, number);
    }
    int start = span == null ? 0 : span[0];
    int end = span == null ? text.length() : span[1];
    matches.accept(new Match(rule, condition, value, text, start, end, score, !enforced));
  }

  /**
   * Returns the score of a match, which is lower in prose about code if the rule specifies that.
   */
  private int score(int number, Value value, String text) {
    Rule rule = index.condition(number).rule();
    Condition condition = index.condition(number).condition();
    int score = policy.selection().score(rule);
    if (value.target() != Target.ARG
        || condition.negated()
        || policy.selection().blockingLevel() > 1) {
      return score;
    }
    boolean lower = rule.proseScore() < Math.min(score, rule.score());
    if (lower && Prose.hasSentence(text)) {
      score = rule.proseScore();
    }
    if (rule.quotedScore() < Math.min(score, rule.score())) {
      String outside = Prose.withoutCode(text);
      boolean quoted =
          !outside.equals(text)
              && index.operatorEvaluator(number).match(condition.operator(), outside) == null;
      score = quoted ? rule.quotedScore() : score;
    }
    return score;
  }

  /** Returns whether exclusions cover a condition's rule for a value that the condition matches. */
  private boolean isExcluded(int number, Value value) {
    Exclusions exclusions = policy.exclusions();
    Rule rule = index.condition(number).rule();
    if (!exclusions.mention(rule)) {
      return false;
    }
    if (exclusions.cover(rule, value, paths())) {
      return true;
    }
    SiteAddress address =
        SiteAddress.of(value, RequestTarget.host(request.rawTarget(), request.headers()));
    String rest = address == null ? null : address.withoutExcluded(exclusions, rule);
    return rest != null && !holds(number, rest);
  }

  /** Returns whether a condition matches a text, regardless of exclusions. */
  private boolean holds(int number, String value) {
    budget.trySpend(value.length());
    TransformCache own = new TransformCache(index);
    own.next(value, Section.WHOLE, index.alone(number));
    boolean candidate = own.candidates(0).get(number);
    if (!candidate || own.isCertain(number)) {
      return candidate;
    }
    return (own.span(0, number) != null) != index.condition(number).condition().negated();
  }

  private List<String> paths() {
    List<String> readings = paths;
    if (readings == null) {
      readings = Exclusions.readings(request.rawTarget());
      paths = readings;
    }
    return readings;
  }
}
