// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.internal.Arguments;
import java.util.Set;

/**
 * The traffic that a line carries: the classes of requests ({@link SelectContext#trafficClass}),
 * and a budget per second, for lines with little bandwidth or billed by volume. Immutable.
 *
 * @param only the only classes that the line carries; empty: all, and requests without a class
 * @param excluded the classes that it does not carry
 * @param preferredBy the classes whose requests use this line first, regardless of its priority
 * @param budget the maximum cost of its requests per second ({@link SelectContext#cost}), such as
 *     bytes; a request beyond it goes to the next line. Up to one second of unused budget
 *     accumulates. 0: unlimited
 */
public record LineTraffic(
    Set<String> only, Set<String> excluded, Set<String> preferredBy, long budget) {
  private static final LineTraffic ALL = new LineTraffic(Set.of(), Set.of(), Set.of(), 0);
  static final long MAX_BUDGET = 1_000_000_000_000L;

  /**
   * Copies the sets.
   *
   * @throws IllegalArgumentException if the budget is not 0 to 1,000,000,000,000
   */
  public LineTraffic {
    only = Set.copyOf(only);
    excluded = Set.copyOf(excluded);
    preferredBy = Set.copyOf(preferredBy);
    budget = Arguments.range("budget", budget, 0, MAX_BUDGET);
  }

  /** Returns the default: all classes, without a budget. */
  public static LineTraffic all() {
    return ALL;
  }

  /** Returns the traffic of a dedicated line, which carries these classes only. */
  public static LineTraffic only(String... classes) {
    return new LineTraffic(Set.of(classes), Set.of(), Set.of(), 0);
  }

  /** Returns the same traffic without these classes. */
  public LineTraffic excluding(String... classes) {
    return new LineTraffic(only, Set.of(classes), preferredBy, budget);
  }

  /** Returns the same traffic, with these classes using the line first. */
  public LineTraffic preferredBy(String... classes) {
    return new LineTraffic(only, excluded, Set.of(classes), budget);
  }

  /** Returns the same traffic with this budget per second. */
  public LineTraffic withBudget(long perSecond) {
    return new LineTraffic(only, excluded, preferredBy, perSecond);
  }

  /** Returns whether the line carries a class; an empty one is a request without a class. */
  boolean carries(String trafficClass) {
    return (only.isEmpty() || only.contains(trafficClass)) && !excluded.contains(trafficClass);
  }

  boolean isPreferredBy(String trafficClass) {
    return preferredBy.contains(trafficClass);
  }

  boolean hasClasses() {
    return !(only.isEmpty() && excluded.isEmpty() && preferredBy.isEmpty());
  }
}
