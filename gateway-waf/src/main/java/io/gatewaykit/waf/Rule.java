package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * One rule: targets, then transformations, then a pattern, then a score. Immutable. Patterns see
 * one byte in each char, and a dot matches line breaks too.
 */
public final class Rule {
  private final String id;
  private final RuleFamily family;
  private final Set<Target> targets;
  private final List<Transformation> transformations;
  private final Pattern pattern;
  private final int score;

  private Rule(Builder b) {
    id = b.id;
    family = b.family;
    targets = Set.copyOf(b.targets);
    transformations = List.copyOf(b.transformations);
    pattern = Pattern.compile(b.pattern, Pattern.DOTALL);
    score = b.score;
  }

  /** Returns a builder of a rule with this id, which is unique within a {@link Waf}. */
  public static Builder builder(String id) {
    return new Builder(id);
  }

  /** Returns the id. */
  public String id() {
    return id;
  }

  /** Returns the family; exclusions call it a tag. */
  public RuleFamily family() {
    return family;
  }

  /** Returns what the rule looks at. */
  public Set<Target> targets() {
    return targets;
  }

  /** Returns the transformations, in order. */
  public List<Transformation> transformations() {
    return transformations;
  }

  /** Returns what a hit adds to the request's score. */
  public int score() {
    return score;
  }

  Pattern pattern() {
    return pattern;
  }

  /** Collects the parts of a {@link Rule}. Not thread-safe. */
  public static final class Builder {
    private final String id;
    private RuleFamily family = RuleFamily.CUSTOM;
    private final EnumSet<Target> targets = EnumSet.of(Target.ARG, Target.ARG_NAME, Target.COOKIE);
    private final List<Transformation> transformations =
        new ArrayList<>(
            List.of(
                Transformation.URL_DECODE,
                Transformation.HTML_DECODE,
                Transformation.JS_DECODE,
                Transformation.FOLD,
                Transformation.REMOVE_NULLS,
                Transformation.LOWERCASE,
                Transformation.COMPRESS_WHITESPACE));
    private String pattern = "";
    private int score = 5;

    private Builder(String id) {
      this.id = requireNonNull(id, "id");
    }

    /** Sets the family. Default: {@link RuleFamily#CUSTOM}. */
    public Builder family(RuleFamily family) {
      this.family = requireNonNull(family, "family");
      return this;
    }

    /** Sets the targets. Default: parameters, their names, and cookies. */
    public Builder on(Target first, Target... others) {
      targets.clear();
      targets.add(first);
      targets.addAll(List.of(others));
      return this;
    }

    /** Sets the transformations. Default: all that do not concern SQL or shells. */
    public Builder transform(Transformation... steps) {
      transformations.clear();
      transformations.addAll(List.of(steps));
      return this;
    }

    /** Adds a transformation after the others. */
    public Builder then(Transformation step) {
      transformations.add(requireNonNull(step, "step"));
      return this;
    }

    /**
     * Sets the RE2 pattern, found anywhere in the text.
     *
     * @throws IllegalArgumentException if it is not one
     */
    public Builder matches(String regex) {
      try {
        Pattern.compile(regex, Pattern.DOTALL);
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(
            "matches: "
                + regex
                + " (expected: an RE2 pattern; rule "
                + id
                + ", "
                + e.getMessage()
                + ")",
            e);
      }
      this.pattern = regex;
      return this;
    }

    /**
     * Sets the score. Default: 5, the default threshold.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder score(int score) {
      if (score < 1 || score > 100) {
        throw new IllegalArgumentException("score: " + score + " (expected: 1..100)");
      }
      this.score = score;
      return this;
    }

    /**
     * Builds the rule.
     *
     * @throws IllegalStateException if there is no pattern
     */
    public Rule build() {
      if (pattern.isEmpty()) {
        throw new IllegalStateException("matches: not set (expected: a pattern, rule " + id + ")");
      }
      return new Rule(this);
    }
  }
}
