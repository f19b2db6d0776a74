package io.gatewaykit.waf;

import java.util.BitSet;
import java.util.List;

/**
 * The parts of rules that look at a value. Immutable; its sets are not to be changed. Two are equal
 * only if they are one object.
 */
final class Audience {
  /** Parts with the same transformations. */
  record Group(int chain, BitSet parts) {}

  private final BitSet parts;
  private final List<Group> groups;
  private final int changed;
  private final boolean lasting;

  /**
   * Creates an audience.
   *
   * @param parts the numbers of the parts
   * @param groups the same parts, those with the same transformations together
   * @param changed the traits without which no transformation of any of them changes a text
   * @param lasting whether the next value of this name has the same object as its audience
   */
  Audience(BitSet parts, List<Group> groups, int changed, boolean lasting) {
    this.parts = parts;
    this.groups = List.copyOf(groups);
    this.changed = changed;
    this.lasting = lasting;
  }

  boolean isEmpty() {
    return groups.isEmpty();
  }

  BitSet parts() {
    return parts;
  }

  List<Group> groups() {
    return groups;
  }

  int changed() {
    return changed;
  }

  boolean isLasting() {
    return lasting;
  }
}
