// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.index;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.waf.internal.match.EditDistance;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.RuleMode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules of a firewall and the mode of each. Populated by a builder, read-only afterwards. */
public final class RuleSelection {
  private List<Rule> builtin = List.of();
  private final List<Rule> own = new ArrayList<>();
  private final Set<RuleFamily> families = EnumSet.allOf(RuleFamily.class);
  private boolean chosenFamilies;
  private final Map<RuleFamily, RuleMode> familyModes = new EnumMap<>(RuleFamily.class);
  private final Map<String, RuleMode> ruleModes = new HashMap<>();
  private final Map<String, Integer> ruleScores = new HashMap<>();
  private int blockingLevel; // 0 if it is not set
  private int detectionLevel; // 0 if it equals the blocking level

  /** Returns an independent copy. */
  public RuleSelection copy() {
    RuleSelection copy = new RuleSelection();
    copy.builtin = builtin;
    copy.own.addAll(own);
    copy.families.retainAll(families);
    copy.familyModes.putAll(familyModes);
    copy.ruleModes.putAll(ruleModes);
    copy.ruleScores.putAll(ruleScores);
    copy.blockingLevel = blockingLevel;
    copy.detectionLevel = detectionLevel;
    return copy;
  }

  public void builtin(List<Rule> rules) {
    builtin = List.copyOf(rules);
  }

  public void add(Rule rule) {
    own.add(rule);
  }

  public void families(List<RuleFamily> chosen) {
    Arguments.once("families", chosenFamilies ? families : null, chosen);
    chosenFamilies = true;
    families.clear();
    families.addAll(chosen);
  }

  public void mode(RuleFamily family, RuleMode mode) {
    familyModes.put(
        family, Arguments.once("familyMode of " + family, familyModes.get(family), mode));
  }

  public void mode(String rule, RuleMode mode) {
    ruleModes.put(rule, Arguments.once("ruleMode of " + rule, ruleModes.get(rule), mode));
  }

  public void score(String rule, int points) {
    ruleScores.put(rule, Arguments.once("ruleScore of " + rule, ruleScores.get(rule), points));
  }

  public int blockingLevel() {
    return Math.max(1, blockingLevel);
  }

  private static @Nullable Integer valueOf(int level) {
    return level == 0 ? null : level;
  }

  public void blockingLevel(int level) {
    blockingLevel = Arguments.once("paranoia", valueOf(blockingLevel), level);
  }

  public void detectionLevel(int level) {
    detectionLevel = Arguments.once("detectionParanoia", valueOf(detectionLevel), level);
  }

  /**
   * Checks that the settings are consistent.
   *
   * @throws IllegalArgumentException if two rules have the same id, a mode or score refers to an
   *     unknown rule, or the detection level is below the blocking level
   */
  public void check() {
    Set<String> ids = new HashSet<>();
    for (Rule rule : known()) {
      boolean replaced = !own.contains(rule) && !families.contains(rule.family());
      if (!replaced && !ids.add(rule.id())) {
        throw new IllegalArgumentException("rule: " + rule.id() + " (expected: a unique id)");
      }
    }
    ruleModes.keySet().forEach(this::known);
    ruleScores
        .keySet()
        .forEach(id -> {
          if (known(id).action() == Rule.Action.LOG) {
            throw new IllegalArgumentException(
                "rule: " + id + " (expected: a rule that adds to the score, not one that logs)");
          }
        });
    if (detectionLevel != 0 && detectionLevel < blockingLevel()) {
      throw new IllegalArgumentException(
          "detectionParanoia: %d (expected: at least paranoia, %d)"
              .formatted(detectionLevel, blockingLevel()));
    }
  }

  /** Returns the built-in rules, including those that do not apply. */
  public List<Rule> builtin() {
    return builtin;
  }

  /** Returns the custom rules. */
  public List<Rule> own() {
    return own;
  }

  /** Returns all rules, including those that do not apply. */
  public List<Rule> known() {
    List<Rule> all = new ArrayList<>(builtin);
    all.addAll(own);
    return all;
  }

  private Rule known(String id) {
    return known().stream()
        .filter(rule -> rule.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "rule: %s (expected: the id of a rule, such as %s)"
                    .formatted(id, nearest(id, known()))));
  }

  /** Returns the amount that a hit of a rule adds to the score, except in prose about code. */
  public int score(Rule rule) {
    return ruleScores.getOrDefault(rule.id(), rule.score());
  }

  /** Returns the mode of one of the {@link #known} rules. */
  public RuleMode mode(Rule rule) {
    RuleMode chosen = ruleModes.get(rule.id());
    if (chosen != null) {
      return chosen;
    }
    int detection = Math.max(detectionLevel, blockingLevel());
    boolean builtIn = !own.contains(rule);
    if (rule.paranoia() > detection || (builtIn && !families.contains(rule.family()))) {
      return RuleMode.OFF;
    }
    RuleMode ofFamily = familyModes.getOrDefault(rule.family(), RuleMode.ENFORCE);
    boolean above = rule.paranoia() > blockingLevel();
    return above && ofFamily == RuleMode.ENFORCE ? RuleMode.COUNT : ofFamily;
  }

  static String nearest(String id, List<Rule> rules) {
    return EditDistance.nearest(id, rules.stream().map(Rule::id).toList());
  }
}
