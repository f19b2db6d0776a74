// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/**
 * One condition of a rule: an operator applied to selected values after transformations. It holds
 * if it matches at least one value. Created from {@link Values}, for example {@code
 * Condition.on(Target.PATH).beginsWith("/beta/")}.
 *
 * @param selectors the values to inspect
 * @param transformations the transformations applied first, in order
 * @param operator the operator
 * @param negated whether the condition matches a value if the operator does not
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

  /** Returns all values of these targets, to which a test is to be applied. */
  public static Values on(Target first, Target... others) {
    return Values.of(EnumSet.of(first, others).stream().map(Target::any).toList());
  }

  /** Returns the values of these selectors, to which a test is to be applied. */
  public static Values on(Selector first, Selector... others) {
    List<Selector> selectors = new ArrayList<>();
    selectors.add(requireNonNull(first, "first"));
    selectors.addAll(List.of(others));
    return Values.of(selectors);
  }

  /** Returns the parameters, their names, and the cookies. */
  public static Values onParameters() {
    return on(Target.ARG, Target.ARG_NAME, Target.COOKIE);
  }

  /** Returns whether values of this target with this name are inspected. */
  public boolean appliesTo(Target target, String name) {
    return appliesTo(target, name, name);
  }

  /**
   * Returns whether values of this target with two names, such as a member name and a path, are
   * inspected.
   */
  public boolean appliesTo(Target target, String name, String otherName) {
    boolean included = false;
    for (Selector selector : selectors) {
      if (selector.target() == target && (selector.covers(name) || selector.covers(otherName))) {
        if (selector.use() == Selector.Use.EXCLUDE) {
          return false;
        }
        included |= selector.use() == Selector.Use.INCLUDE;
      }
    }
    return included;
  }
}
