package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The condition that a builder of a rule collects. */
final class ConditionDraft {
  private static final List<Selector> PARAMETERS =
      List.of(Target.ARG.any(), Target.ARG_NAME.any(), Target.COOKIE.any());

  private final List<Selector> selectors = new ArrayList<>(PARAMETERS);
  private final List<Transformation> transformations = new ArrayList<>(Transformation.standard());
  private @Nullable Operator operator;
  private boolean negated;

  void inspect(List<Selector> selected) {
    selectors.clear();
    selectors.addAll(selected);
  }

  void select(Selector selector) {
    selectors.add(selector);
  }

  void transform(List<Transformation> steps) {
    transformations.clear();
    transformations.addAll(steps);
  }

  void transform(Transformation step) {
    transformations.add(step);
  }

  /**
   * Sets the operator.
   *
   * @param where the position of the condition, for messages
   */
  void test(Supplier<Operator> question, boolean not, String where) {
    try {
      operator = requireNonNull(question.get(), "operator");
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(where + e.getMessage(), e);
    }
    negated = not;
  }

  /**
   * Returns the condition.
   *
   * @throws IllegalStateException if it has no operator
   */
  Condition condition(String where) {
    if (operator == null) {
      throw new IllegalStateException(
          where + "asks nothing (expected: matches, contains or another question)");
    }
    return new Condition(selectors, transformations, operator, negated);
  }
}
