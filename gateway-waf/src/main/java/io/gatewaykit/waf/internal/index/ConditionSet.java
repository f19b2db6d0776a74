// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.index;

import java.util.BitSet;
import java.util.List;

/**
 * The conditions that inspect a value. Immutable; callers must not modify its bit sets. Uses
 * identity equality.
 */
public final class ConditionSet {
  /**
   * Conditions with the same transformations.
   *
   * @param enforced whether hits of any of them may block
   */
  public record ConditionGroup(int chain, BitSet conditions, boolean enforced) {
    public ConditionGroup(int chain, BitSet conditions) {
      this(chain, conditions, true);
    }
  }

  private final BitSet conditions;
  private final List<ConditionGroup> groups;
  private final int enforcedGroups;
  private final int triggers;
  private final boolean shared;

  /**
   * Creates a condition set.
   *
   * @param conditions the numbers of the conditions
   * @param groups the same conditions, grouped by their transformations
   * @param triggers the traits of which a text needs at least one for any transformation to change
   *     it
   * @param shared whether the instance is shared by all values of this name
   */
  public ConditionSet(
      BitSet conditions, List<ConditionGroup> groups, int triggers, boolean shared) {
    this.conditions = conditions;
    this.groups = List.copyOf(groups);
    enforcedGroups = (int) groups.stream().filter(ConditionGroup::enforced).count();
    this.triggers = triggers;
    this.shared = shared;
  }

  public boolean isEmpty() {
    return groups.isEmpty();
  }

  public BitSet conditions() {
    return conditions;
  }

  public List<ConditionGroup> groups() {
    return groups;
  }

  /** Returns the number of groups with enforced conditions. */
  public int enforcedGroups() {
    return enforcedGroups;
  }

  public int triggers() {
    return triggers;
  }

  public boolean isShared() {
    return shared;
  }
}
