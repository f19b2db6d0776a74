// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.gatewaykit.api.internal.Arguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A rule: conditions that must all hold for a request, and the action if they do. Immutable.
 *
 * <pre>{@code
 * Rule.builder("cve-2099-1")
 *     .when(Condition.on(Target.ARG.named("id")).notMatches("^\\d{1,10}$"))
 *     .when(Condition.on(Target.PATH).beginsWith("/report"))
 *     .action(Rule.Action.BLOCK)
 *     .build();
 * }</pre>
 */
public final class Rule {
  /** The action if all conditions of a rule hold. */
  public enum Action {
    /** Adds the score of the rule to that of the request. */
    SCORE,
    /** Rejects the request regardless of its score. */
    BLOCK,
    /** Reports the hit without adding to the score. */
    LOG
  }

  private final String id;
  private final RuleFamily family;
  private final String message;
  private final String provenance;
  private final Set<String> tags;
  private final Severity severity;
  private final Action action;
  private final int score;
  private final int quotedScore;
  private final int proseScore;
  private final int paranoia;
  private final Phase phase;
  private final List<Condition> conditions;

  private Rule(Builder b) {
    id = b.id;
    family = requireNonNullElse(b.family, RuleFamily.CUSTOM);
    message = requireNonNullElse(b.message, "");
    provenance = requireNonNullElse(b.provenance, "");
    tags = Set.copyOf(b.tags);
    severity = requireNonNullElse(b.severity, Severity.CRITICAL);
    action = requireNonNullElse(b.action, Action.SCORE);
    score = action == Action.LOG ? 0 : requireNonNullElse(b.score, severity.score());
    quotedScore = Math.min(score, requireNonNullElse(b.quotedScore, score));
    proseScore = Math.min(score, requireNonNullElse(b.proseScore, score));
    paranoia = requireNonNullElse(b.paranoia, 1);
    phase = requireNonNullElse(b.phase, Phase.EARLIEST);
    conditions = List.copyOf(b.conditions);
  }

  /** Returns a builder of a rule. The id must be unique within a firewall. */
  public static Builder builder(String id) {
    return new Builder(id);
  }

  /** Returns the id. */
  public String id() {
    return id;
  }

  /** Returns the family. */
  public RuleFamily family() {
    return family;
  }

  /** Returns a short description of the attack that the rule detects, or an empty text. */
  public String message() {
    return message;
  }

  /** Returns the source of the rule, such as a CVE, or an empty text. */
  public String provenance() {
    return provenance;
  }

  /** Returns the tags, by which an exclusion can cover several rules. */
  public Set<String> tags() {
    return tags;
  }

  /** Returns the severity. */
  public Severity severity() {
    return severity;
  }

  /** Returns the action on a hit. */
  public Action action() {
    return action;
  }

  /**
   * Returns the amount that a hit adds to the score of the request; 0 if hits are only reported.
   */
  public int score() {
    return score;
  }

  /**
   * Returns the score of a hit in text that Markdown quotes as code; see {@link
   * Builder#proseScores}.
   */
  public int quotedScore() {
    return quotedScore;
  }

  /**
   * Returns the score of a hit in a value that contains a sentence; see {@link
   * Builder#proseScores}.
   */
  public int proseScore() {
    return proseScore;
  }

  /** Returns the lowest paranoia level at which the rule applies, 1 to 3. */
  public int paranoia() {
    return paranoia;
  }

  /** Returns the phase in which the rule is evaluated. */
  public Phase phase() {
    return phase;
  }

  /** Returns the conditions, of which there is at least one and all must hold. */
  public List<Condition> conditions() {
    return conditions;
  }

  @Override
  public String toString() {
    return "Rule[" + id + "]";
  }

  /**
   * Collects the parts of a {@link Rule}. A part that is set a second time throws an {@link
   * IllegalStateException}; tags and conditions accumulate. Not thread-safe.
   */
  public static final class Builder {
    private final String id;
    private @Nullable RuleFamily family;
    private @Nullable String message;
    private @Nullable String provenance;
    private final Set<String> tags = new TreeSet<>();
    private @Nullable Severity severity;
    private @Nullable Action action;
    private @Nullable Integer score;
    private @Nullable Integer quotedScore;
    private @Nullable Integer proseScore;
    private @Nullable Integer paranoia;
    private @Nullable Phase phase;
    private final List<Condition> conditions = new ArrayList<>();

    private Builder(String id) {
      this.id = requireNonNull(id, "id");
      if (!id.matches("[A-Za-z0-9_.-]{1,64}")) {
        throw new IllegalArgumentException(
            "id: " + id + " (expected: 1..64 letters, digits, dots, dashes, underscores)");
      }
    }

    /** Sets the family. Default: {@link RuleFamily#CUSTOM}. */
    public Builder family(RuleFamily family) {
      this.family = once("family", this.family, family);
      return this;
    }

    /** Sets a short description of the attack that the rule detects. Default: empty. */
    public Builder message(String message) {
      this.message = once("message", this.message, message);
      return this;
    }

    /** Sets the source of the rule, such as a CVE, a manual or a paper. Default: empty. */
    public Builder provenance(String provenance) {
      this.provenance = once("provenance", this.provenance, provenance);
      return this;
    }

    /** Adds tags. */
    public Builder tags(String... tags) {
      this.tags.addAll(List.of(tags));
      return this;
    }

    /** Sets the severity, which also determines the default score. Default: critical. */
    public Builder severity(Severity severity) {
      this.severity = once("severity", this.severity, severity);
      return this;
    }

    /**
     * Sets the amount that a hit adds to the score of the request, 1 to 100. Default: that of the
     * severity.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder score(int score) {
      this.score = once("score", this.score, checkedScore(score));
      return this;
    }

    /**
     * Sets lower scores for hits in prose about code, at paranoia level 1. Default: the score.
     *
     * @param quoted the score if the condition does not hold once code quoted in Markdown is
     *     removed, 1 to 100
     * @param sentence the score if the value contains at least four consecutive words, 1 to 100
     * @throws IllegalArgumentException if out of range
     */
    public Builder proseScores(int quoted, int sentence) {
      quotedScore = once("proseScores", quotedScore, checkedScore(quoted));
      proseScore = checkedScore(sentence);
      return this;
    }

    /**
     * Sets the action if all conditions hold. Default: {@link Action#SCORE}. A rule with {@link
     * Action#LOG} has no score.
     */
    public Builder action(Action action) {
      this.action = once("action", this.action, action);
      return this;
    }

    /**
     * Sets the lowest paranoia level at which the rule applies, 1 to 3. Default: 1, which is all
     * levels.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder paranoia(int level) {
      Arguments.range("rule " + id + ": paranoia", level, 1, 3);
      paranoia = once("paranoia", paranoia, level);
      return this;
    }

    /** Sets the phase in which the rule is evaluated. Default: {@link Phase#EARLIEST}. */
    public Builder phase(Phase phase) {
      this.phase = once("phase", this.phase, phase);
      return this;
    }

    /** Adds a condition. All conditions of a rule must hold. */
    public Builder when(Condition condition) {
      conditions.add(requireNonNull(condition, "condition"));
      return this;
    }

    /**
     * Builds the rule.
     *
     * @throws IllegalStateException if it has no condition, or if it only logs and has a score
     */
    public Rule build() {
      if (conditions.isEmpty()) {
        throw new IllegalStateException("rule " + id + ": no condition (expected: at least one)");
      }
      if (action == Action.LOG) {
        Arguments.excludes("rule " + id + ": action LOG", "score", score);
        Arguments.excludes("rule " + id + ": action LOG", "proseScores", quotedScore);
      }
      return new Rule(this);
    }

    private <T> T once(String name, @Nullable T current, T value) {
      return Arguments.once("rule " + id + ": " + name, current, value);
    }

    private int checkedScore(int points) {
      return Arguments.range("rule " + id + ": score", points, 1, 100);
    }
  }
}
