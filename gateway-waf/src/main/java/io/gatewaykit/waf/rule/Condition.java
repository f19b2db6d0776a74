package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * One question of a rule: some values, what to undo first, and what to ask of each. It holds if one
 * value answers yes.
 *
 * @param selectors the values
 * @param transformations what is undone first, in order
 * @param operator what is asked
 * @param negated whether a value answers yes where the operator says no
 */
public record Condition(
    List<Selector> selectors,
    List<Transformation> transformations,
    Operator operator,
    boolean negated) {
  /** Copies the lists. */
  public Condition {
    selectors = List.copyOf(selectors);
    transformations = List.copyOf(transformations);
    requireNonNull(operator, "operator");
  }

  /** Tells whether values of this part, with this name, are looked at. */
  public boolean looksAt(Target target, String name) {
    boolean included = false;
    for (Selector selector : selectors) {
      if (selector.target() == target && selector.covers(name)) {
        if (selector.use() == Selector.Use.EXCLUDE) {
          return false;
        }
        included |= selector.use() == Selector.Use.INCLUDE;
      }
    }
    return included;
  }
}
