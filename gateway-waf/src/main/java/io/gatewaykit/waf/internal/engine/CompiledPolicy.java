// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import io.gatewaykit.waf.internal.body.BodyLimits;
import io.gatewaykit.waf.internal.exclusion.Exclusions;
import io.gatewaykit.waf.internal.index.RuleIndex;
import io.gatewaykit.waf.internal.index.RuleSelection;
import io.gatewaykit.waf.rule.Exclusion;
import java.util.List;

/**
 * The compiled settings of one firewall, shared by all of its inspections. Immutable except for its
 * caches, and thread-safe.
 */
public final class CompiledPolicy {
  /**
   * The work bound of an inspection.
   *
   * @param chars maximum total number of chars that transformations and matchers process
   * @param perByte number of chars added for each byte of a body value
   */
  public record WorkLimits(long chars, int perByte) {}

  private final RuleSelection selection;
  private final RuleIndex index;
  private final Exclusions exclusions;
  private final CleanValueCache cleanValues;
  private final TransformCachePool caches;
  private final WorkLimits work;
  private final BodyLimits body;

  /**
   * Compiles a policy.
   *
   * @param rememberedValues the capacity of the cache of clean values; 0 disables it
   * @throws IllegalArgumentException if the selection is inconsistent, or an exclusion can never
   *     apply
   */
  public CompiledPolicy(
      RuleSelection selected,
      List<Exclusion> excluded,
      int rememberedValues,
      WorkLimits work,
      BodyLimits body) {
    selection = selected.copy();
    selection.check();
    exclusions = new Exclusions(excluded, selection.known());
    index = new RuleIndex(selection);
    caches = new TransformCachePool(index);
    cleanValues = new CleanValueCache(rememberedValues);
    this.work = work;
    this.body = body;
  }

  /** Returns the rules and their modes. */
  public RuleSelection selection() {
    return selection;
  }

  /** Returns the conditions of the rules that apply. */
  public RuleIndex index() {
    return index;
  }

  Exclusions exclusions() {
    return exclusions;
  }

  /** Returns the cache of values that do not have to be inspected again. */
  CleanValueCache cleanValues() {
    return cleanValues;
  }

  TransformCachePool caches() {
    return caches;
  }

  WorkLimits work() {
    return work;
  }

  BodyLimits body() {
    return body;
  }
}
