// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.Cidr;
import java.util.ArrayList;
import java.util.List;

/**
 * The values that a {@link Condition} inspects, with the transformations applied to them first.
 * Immutable, so that several conditions can start with the same values. {@link Condition#on}
 * creates them with the transformations of {@link Transformation#standard}.
 *
 * @param selectors the values to inspect
 * @param transformations the transformations, in order
 */
public record Values(List<Selector> selectors, List<Transformation> transformations) {
  /** Copies the lists. */
  public Values {
    selectors = List.copyOf(selectors);
    transformations = List.copyOf(transformations);
  }

  static Values of(List<Selector> selectors) {
    return new Values(selectors, Transformation.standard());
  }

  /** Returns these values without those of a target with these names. */
  public Values except(Target target, String... names) {
    List<Selector> all = new ArrayList<>(selectors);
    for (String name : names) {
      all.add(target.named(name).excluded());
    }
    return new Values(all, transformations);
  }

  /** Returns these values with other transformations; with none, unchanged. */
  public Values transform(Transformation... steps) {
    return new Values(selectors, List.of(steps));
  }

  /** Returns these values with one more transformation, after the others. */
  public Values then(Transformation step) {
    List<Transformation> steps = new ArrayList<>(transformations);
    steps.add(requireNonNull(step, "step"));
    return new Values(selectors, steps);
  }

  /**
   * Requires that an RE2 pattern occurs in a value.
   *
   * @throws IllegalArgumentException if it is not an RE2 pattern; the message contains the position
   */
  public Condition matches(String regex) {
    return test(new Operator.Matches(regex));
  }

  /**
   * Requires that an RE2 pattern does not occur in a value.
   *
   * @throws IllegalArgumentException if it is not an RE2 pattern; the message contains the position
   */
  public Condition notMatches(String regex) {
    return testNot(new Operator.Matches(regex));
  }

  /** Requires that one of these phrases occurs in a value, ignoring ASCII case. */
  public Condition containsAny(String... phrases) {
    return test(new Operator.Phrases(List.of(phrases)));
  }

  /** Requires that a text occurs in a value. */
  public Condition contains(String text) {
    return test(new Operator.Contains(text));
  }

  /** Requires that a value equals this text. */
  public Condition equalTo(String text) {
    return test(new Operator.EqualTo(text));
  }

  /** Requires that a value starts with a text. */
  public Condition beginsWith(String text) {
    return test(new Operator.BeginsWith(text));
  }

  /** Requires that a value, read as a number, is greater than this one. */
  public Condition moreThan(long number) {
    return test(new Operator.Compare(Operator.Compare.Relation.MORE, number));
  }

  /**
   * Requires that a value is an IP address in one of these networks.
   *
   * @throws IllegalArgumentException if there are none, or one is not a network
   */
  public Condition inNetworks(String... networks) {
    return test(new Operator.InNetworks(List.of(networks).stream().map(Cidr::parse).toList()));
  }

  /** Requires that a value exists, even if it is empty. */
  public Condition exists() {
    return test(new Operator.Exists());
  }

  /** Requires that an operator matches a value. */
  public Condition test(Operator operator) {
    return new Condition(selectors, transformations, operator, false);
  }

  /** Requires that an operator does not match a value. */
  public Condition testNot(Operator operator) {
    return new Condition(selectors, transformations, operator, true);
  }
}
