package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.Cidr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One rule: conditions that must all hold for a request, and what follows then. Immutable.
 *
 * <p>A builder describes the first condition, {@link Builder#and} begins the next:
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
  /** What follows when a rule's conditions hold. */
  public enum Action {
    /** The rule's score is added to the request's. */
    SCORE,
    /** The request is refused, whatever its score. */
    BLOCK,
    /** The hit is reported, and counts nothing. */
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
  private final int paranoia;
  private final Phase phase;
  private final List<Condition> conditions;

  private Rule(Builder b) {
    id = b.id;
    family = b.family;
    message = b.message;
    provenance = b.provenance;
    tags = Set.copyOf(b.tags);
    severity = b.severity;
    action = b.action;
    score = b.action == Action.LOG ? 0 : b.score < 0 ? b.severity.score() : b.score;
    paranoia = b.paranoia;
    phase = b.phase;
    conditions = List.copyOf(b.conditions);
  }

  /** Returns a builder of a rule with this id, which is unique within a firewall. */
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

  /** Returns what the rule finds, in a few words; empty if it does not say. */
  public String message() {
    return message;
  }

  /** Returns where the knowledge behind the rule comes from; empty if it does not say. */
  public String provenance() {
    return provenance;
  }

  /** Returns the tags, by which exclusions can name many rules at once. */
  public Set<String> tags() {
    return tags;
  }

  /** Returns the severity. */
  public Severity severity() {
    return severity;
  }

  /** Returns what follows a hit. */
  public Action action() {
    return action;
  }

  /** Returns what a hit adds to the request's score; 0 if it is only reported. */
  public int score() {
    return score;
  }

  /** Returns the lowest paranoia level at which the rule applies, 1 to 3. */
  public int paranoia() {
    return paranoia;
  }

  /** Returns when the rule looks at a request. */
  public Phase phase() {
    return phase;
  }

  /** Returns the conditions, at least one, all of which must hold. */
  public List<Condition> conditions() {
    return conditions;
  }

  @Override
  public String toString() {
    return "Rule[" + id + "]";
  }

  /** Collects the parts of a {@link Rule}. Not thread-safe. */
  public static final class Builder {
    private static final List<Selector> PARAMETERS =
        List.of(Target.ARG.any(), Target.ARG_NAME.any(), Target.COOKIE.any());

    private final String id;
    private RuleFamily family = RuleFamily.CUSTOM;
    private String message = "";
    private String provenance = "";
    private final Set<String> tags = new TreeSet<>();
    private Severity severity = Severity.CRITICAL;
    private Action action = Action.SCORE;
    private int score = -1;
    private int paranoia = 1;
    private Phase phase = Phase.EARLIEST;
    private final List<Condition> conditions = new ArrayList<>();

    private List<Selector> selectors = new ArrayList<>(PARAMETERS);
    private List<Transformation> transformations = Transformation.standard();
    private @Nullable Operator operator;
    private boolean negated;

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

    /** Sets what the rule finds, in a few words. Default: nothing. */
    public Builder message(String message) {
      this.message = requireNonNull(message, "message");
      return this;
    }

    /** Sets where the knowledge comes from: a CVE, a manual, a paper. Default: nothing. */
    public Builder provenance(String provenance) {
      this.provenance = requireNonNull(provenance, "provenance");
      return this;
    }

    /** Adds tags. */
    public Builder tags(String... tags) {
      this.tags.addAll(List.of(tags));
      return this;
    }

    /** Sets the severity, which gives the score unless that is set. Default: critical. */
    public Builder severity(Severity severity) {
      this.severity = requireNonNull(severity, "severity");
      return this;
    }

    /**
     * Sets what a hit adds to the request's score. Default: the severity's.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder score(int score) {
      if (score < 1 || score > 100) {
        throw refused("score: " + score + " (expected: 1..100)");
      }
      this.score = score;
      return this;
    }

    /** Refuses the request on a hit, whatever its score. */
    public Builder block() {
      action = Action.BLOCK;
      return this;
    }

    /** Reports a hit, and adds nothing to the score. */
    public Builder log() {
      action = Action.LOG;
      return this;
    }

    /**
     * Sets the lowest paranoia level at which the rule applies. Default: 1, always.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder paranoia(int level) {
      if (level < 1 || level > 3) {
        throw refused("paranoia: " + level + " (expected: 1..3)");
      }
      this.paranoia = level;
      return this;
    }

    /** Sets when the rule looks. Default: {@link Phase#EARLIEST}. */
    public Builder phase(Phase phase) {
      this.phase = requireNonNull(phase, "phase");
      return this;
    }

    /** Sets whole parts to look at. Default: parameters, their names, and cookies. */
    public Builder on(Target first, Target... others) {
      selectors = new ArrayList<>();
      EnumSet.of(first, others).forEach(target -> selectors.add(target.any()));
      return this;
    }

    /** Sets the values to look at. Default: parameters, their names, and cookies. */
    public Builder on(Selector first, Selector... others) {
      selectors = new ArrayList<>();
      selectors.add(requireNonNull(first, "first"));
      selectors.addAll(List.of(others));
      return this;
    }

    /** Leaves values with these names out; to be called after {@code on}. */
    public Builder except(Target target, String... names) {
      for (String name : names) {
        selectors.add(target.named(name).excluded());
      }
      return this;
    }

    /** Sets what is undone first. Default: {@link Transformation#standard}. */
    public Builder transform(Transformation... steps) {
      transformations = List.of(steps);
      return this;
    }

    /** Adds a transformation after the others. */
    public Builder then(Transformation step) {
      List<Transformation> longer = new ArrayList<>(transformations);
      longer.add(requireNonNull(step, "step"));
      transformations = longer;
      return this;
    }

    /**
     * Asks whether an RE2 pattern occurs.
     *
     * @throws IllegalArgumentException if it is not one; the message names the rule and the place
     */
    public Builder matches(String regex) {
      return ask(() -> new Operator.Matches(regex), false);
    }

    /**
     * Asks whether a value lacks an RE2 pattern.
     *
     * @throws IllegalArgumentException if it is not one; the message names the rule and the place
     */
    public Builder notMatches(String regex) {
      return ask(() -> new Operator.Matches(regex), true);
    }

    /** Asks whether one of these phrases occurs, without regard to ASCII case. */
    public Builder containsAny(String... phrases) {
      return ask(() -> new Operator.Phrases(Arrays.asList(phrases)), false);
    }

    /** Asks whether a text occurs. */
    public Builder contains(String text) {
      return ask(() -> new Operator.Contains(text), false);
    }

    /** Asks whether a value is this text. */
    public Builder equalTo(String text) {
      return ask(() -> new Operator.EqualTo(text), false);
    }

    /** Asks whether a value begins with a text. */
    public Builder beginsWith(String text) {
      return ask(() -> new Operator.BeginsWith(text), false);
    }

    /** Asks whether a value's number is greater. */
    public Builder moreThan(long number) {
      return ask(() -> new Operator.Compare(Operator.Compare.Relation.MORE, number), false);
    }

    /**
     * Asks whether a value is an address in one of these networks.
     *
     * @throws IllegalArgumentException if one is not {@code address} or {@code address/prefix}
     */
    public Builder inNetworks(String... networks) {
      return ask(
          () -> new Operator.InNetworks(Arrays.stream(networks).map(Cidr::parse).toList()), false);
    }

    /** Asks whether there is a value at all. */
    public Builder exists() {
      return ask(Operator.Exists::new, false);
    }

    /** Asks what this operator asks. */
    public Builder test(Operator operator) {
      return ask(() -> operator, false);
    }

    /** Asks the contrary of what this operator asks. */
    public Builder testNot(Operator operator) {
      return ask(() -> operator, true);
    }

    /** Begins the next condition, which must hold too, with the defaults of a new one. */
    public Builder and() {
      endCondition();
      selectors = new ArrayList<>(PARAMETERS);
      transformations = Transformation.standard();
      operator = null;
      negated = false;
      return this;
    }

    /**
     * Builds the rule.
     *
     * @throws IllegalStateException if a condition asks nothing
     */
    public Rule build() {
      List<Condition> before = List.copyOf(conditions);
      endCondition();
      Rule rule = new Rule(this);
      conditions.clear();
      conditions.addAll(before);
      return rule;
    }

    private void endCondition() {
      if (operator == null) {
        throw new IllegalStateException(
            "rule %s, condition %d: asks nothing (expected: matches, contains or another question)"
                .formatted(id, conditions.size() + 1));
      }
      conditions.add(new Condition(selectors, transformations, operator, negated));
    }

    private Builder ask(Supplier<Operator> question, boolean not) {
      try {
        operator = requireNonNull(question.get(), "operator");
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(where() + e.getMessage(), e);
      }
      negated = not;
      return this;
    }

    private IllegalArgumentException refused(String message) {
      return new IllegalArgumentException("rule " + id + ": " + message);
    }

    private String where() {
      return "rule %s, condition %d: ".formatted(id, conditions.size() + 1);
    }
  }
}
