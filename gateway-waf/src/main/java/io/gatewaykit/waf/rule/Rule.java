package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.request.Cidr;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * A rule: conditions that must all hold for a request, and the action if they do. Immutable. A
 * builder starts with the first condition, and {@link Builder#and} starts the next one:
 *
 * <pre>{@code
 * Rule.builder("cve-2099-1")
 *     .on(Target.ARG.named("id")).notMatches("^\\d{1,10}$")
 *     .and().on(Target.PATH).beginsWith("/report")
 *     .block()
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

  private Rule(Builder b, List<Condition> all) {
    id = b.id;
    family = b.family;
    message = b.message;
    provenance = b.provenance;
    tags = Set.copyOf(b.tags);
    severity = b.severity;
    action = b.action;
    score = b.action == Action.LOG ? 0 : b.score < 0 ? b.severity.score() : b.score;
    quotedScore = b.quotedScore < 0 ? score : Math.min(score, b.quotedScore);
    proseScore = b.proseScore < 0 ? score : Math.min(score, b.proseScore);
    paranoia = b.paranoia;
    phase = b.phase;
    conditions = List.copyOf(all);
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

  /** Collects the parts of a {@link Rule}. Not thread-safe. */
  public static final class Builder {
    private final String id;
    private RuleFamily family = RuleFamily.CUSTOM;
    private String message = "";
    private String provenance = "";
    private final Set<String> tags = new TreeSet<>();
    private Severity severity = Severity.CRITICAL;
    private Action action = Action.SCORE;
    private int score = -1;
    private int quotedScore = -1;
    private int proseScore = -1;
    private int paranoia = 1;
    private Phase phase = Phase.EARLIEST;
    private final List<Condition> conditions = new ArrayList<>();
    private ConditionDraft draft = new ConditionDraft();

    private Builder(String id) {
      this.id = requireNonNull(id, "id");
      if (!id.matches("[A-Za-z0-9_.-]{1,64}")) {
        throw new IllegalArgumentException(
            "id: " + id + " (expected: 1..64 letters, digits, dots, dashes, underscores)");
      }
    }

    /** Sets the family. Default: {@link RuleFamily#CUSTOM}. */
    public Builder family(RuleFamily family) {
      this.family = requireNonNull(family, "family");
      return this;
    }

    /** Sets a short description of the attack that the rule detects. Default: empty. */
    public Builder message(String message) {
      this.message = requireNonNull(message, "message");
      return this;
    }

    /** Sets the source of the rule, such as a CVE, a manual or a paper. Default: empty. */
    public Builder provenance(String provenance) {
      this.provenance = requireNonNull(provenance, "provenance");
      return this;
    }

    /** Adds tags. */
    public Builder tags(String... tags) {
      this.tags.addAll(List.of(tags));
      return this;
    }

    /** Sets the severity, which also determines the default score. Default: critical. */
    public Builder severity(Severity severity) {
      this.severity = requireNonNull(severity, "severity");
      return this;
    }

    /**
     * Sets the amount that a hit adds to the score of the request, 1 to 100. Default: that of the
     * severity.
     */
    public Builder score(int score) {
      this.score = checkedScore(score);
      return this;
    }

    /**
     * Sets lower scores for hits in prose about code, at paranoia level 1. Default: the score.
     *
     * @param quoted the score if the condition does not hold once code quoted in Markdown is
     *     removed
     * @param sentence the score if the value contains at least four consecutive words
     */
    public Builder proseScores(int quoted, int sentence) {
      quotedScore = checkedScore(quoted);
      proseScore = checkedScore(sentence);
      return this;
    }

    /** Rejects the request on a hit, regardless of its score. */
    public Builder block() {
      action = Action.BLOCK;
      return this;
    }

    /** Reports hits without adding to the score. */
    public Builder log() {
      action = Action.LOG;
      return this;
    }

    /**
     * Sets the lowest paranoia level at which the rule applies, 1 to 3. Default: 1, which is all
     * levels.
     */
    public Builder paranoia(int level) {
      this.paranoia = Arguments.range("rule " + id + ": paranoia", level, 1, 3);
      return this;
    }

    /** Sets the phase in which the rule is evaluated. Default: {@link Phase#EARLIEST}. */
    public Builder phase(Phase phase) {
      this.phase = requireNonNull(phase, "phase");
      return this;
    }

    /**
     * Sets the targets to inspect, with all of their values. Default: parameters, their names, and
     * cookies.
     */
    public Builder on(Target first, Target... others) {
      draft.inspect(EnumSet.of(first, others).stream().map(Target::any).toList());
      return this;
    }

    /** Sets the values to inspect. Default: parameters, their names, and cookies. */
    public Builder on(Selector first, Selector... others) {
      List<Selector> selectors = new ArrayList<>();
      selectors.add(requireNonNull(first, "first"));
      selectors.addAll(List.of(others));
      draft.inspect(selectors);
      return this;
    }

    /** Excludes values with these names. Must be called after {@code on}. */
    public Builder except(Target target, String... names) {
      for (String name : names) {
        draft.select(target.named(name).excluded());
      }
      return this;
    }

    /** Sets the transformations applied first. Default: {@link Transformation#standard}. */
    public Builder transform(Transformation... steps) {
      draft.transform(List.of(steps));
      return this;
    }

    /** Appends a transformation. */
    public Builder then(Transformation step) {
      draft.transform(requireNonNull(step, "step"));
      return this;
    }

    /**
     * Requires that an RE2 pattern occurs in a value.
     *
     * @throws IllegalArgumentException if it is not an RE2 pattern; the message contains the rule
     *     id and the position
     */
    public Builder matches(String regex) {
      return ask(() -> new Operator.Matches(regex), false);
    }

    /** Requires that an RE2 pattern does not occur in a value; validated as in {@link #matches}. */
    public Builder notMatches(String regex) {
      return ask(() -> new Operator.Matches(regex), true);
    }

    /** Requires that one of these phrases occurs in a value, ignoring ASCII case. */
    public Builder containsAny(String... phrases) {
      return ask(() -> new Operator.Phrases(List.of(phrases)), false);
    }

    /** Requires that a text occurs in a value. */
    public Builder contains(String text) {
      return ask(() -> new Operator.Contains(text), false);
    }

    /** Requires that a value equals this text. */
    public Builder equalTo(String text) {
      return ask(() -> new Operator.EqualTo(text), false);
    }

    /** Requires that a value starts with a text. */
    public Builder beginsWith(String text) {
      return ask(() -> new Operator.BeginsWith(text), false);
    }

    /** Requires that a value, read as a number, is greater than this one. */
    public Builder moreThan(long number) {
      return test(new Operator.Compare(Operator.Compare.Relation.MORE, number));
    }

    /** Requires that a value is an IP address in one of these networks. */
    public Builder inNetworks(String... networks) {
      return ask(
          () -> new Operator.InNetworks(List.of(networks).stream().map(Cidr::parse).toList()),
          false);
    }

    /** Requires that a value exists, even if it is empty. */
    public Builder exists() {
      return test(new Operator.Exists());
    }

    /** Requires that an operator matches a value. */
    public Builder test(Operator operator) {
      return ask(() -> operator, false);
    }

    /** Requires that an operator does not match a value. */
    public Builder testNot(Operator operator) {
      return ask(() -> operator, true);
    }

    /**
     * Starts another condition, which must hold as well. It starts with the same defaults as the
     * first.
     */
    public Builder and() {
      conditions.add(draft.condition(where()));
      draft = new ConditionDraft();
      return this;
    }

    /**
     * Builds the rule.
     *
     * @throws IllegalStateException if a condition has no operator
     */
    public Rule build() {
      List<Condition> all = new ArrayList<>(conditions);
      all.add(draft.condition(where()));
      return new Rule(this, all);
    }

    private int checkedScore(int points) {
      return Arguments.range("rule " + id + ": score", points, 1, 100);
    }

    private Builder ask(Supplier<Operator> question, boolean not) {
      draft.test(question, not, where());
      return this;
    }

    private String where() {
      return "rule %s, condition %d: ".formatted(id, conditions.size() + 1);
    }
  }
}
