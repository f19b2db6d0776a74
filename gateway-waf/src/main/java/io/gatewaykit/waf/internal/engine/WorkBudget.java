// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import io.gatewaykit.waf.internal.index.ConditionSet;

/**
 * The work bound of one inspection, in chars processed. Rules that are only counted have a bound of
 * their own, so that they cannot exhaust the inspection of enforced ones. Not thread-safe.
 */
final class WorkBudget {
  private long allowed;
  private long enforced; // chars processed by rules whose hits may block
  private long counted; // chars processed by rules that are only counted
  private boolean exhausted;

  WorkBudget(long allowed) {
    this.allowed = allowed;
  }

  void extend(long chars) {
    allowed += chars;
  }

  /** Returns whether the enforced rules have exceeded the bound. */
  boolean isExhausted() {
    return exhausted;
  }

  boolean trySpend(long chars) {
    enforced += chars;
    exhausted |= enforced > allowed;
    return !exhausted;
  }

  /**
   * Charges work to the rules that are only counted. Returns false if it is exhausted, so that they
   * are skipped.
   */
  boolean trySpendCounted(long chars) {
    if (counted + chars > allowed) {
      return false;
    }
    counted += chars;
    return true;
  }

  /** Charges the work for all groups of a condition set, even if it exceeds the bound. */
  void spendAll(ConditionSet conditions, long chars) {
    trySpend(conditions.enforcedGroups() * chars);
    counted += (conditions.groups().size() - conditions.enforcedGroups()) * chars;
  }

  /**
   * Charges the work for all groups of a condition set, or nothing if the remaining work is not
   * sufficient.
   */
  boolean trySpendAll(ConditionSet conditions, long chars) {
    long ofEnforced = conditions.enforcedGroups() * chars;
    long ofCounted = (conditions.groups().size() - conditions.enforcedGroups()) * chars;
    if (enforced + ofEnforced > allowed || counted + ofCounted > allowed) {
      return false;
    }
    enforced += ofEnforced;
    counted += ofCounted;
    return true;
  }
}
