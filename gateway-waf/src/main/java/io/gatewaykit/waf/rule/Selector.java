// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.waf.internal.match.NameGlob;
import org.jspecify.annotations.Nullable;

/**
 * Selects values of one target. If several selectors of a condition apply to a value, an excluding
 * one takes precedence.
 *
 * @param target the target
 * @param name the name of the values, ignoring ASCII case, or null for all names. An asterisk
 *     matches any text, {@code [*]} matches one index or key, and a backslash before an asterisk
 *     makes it literal. A JSON value has two names, its member name and its path, {@code
 *     doc.blocks[0].html}
 * @param use whether the values are inspected, excluded or only counted
 */
public record Selector(Target target, @Nullable String name, Use use) {
  /** The use of the selected values. */
  public enum Use {
    /** The values are inspected. */
    INCLUDE,
    /** The values are excluded, even if other selectors include them. */
    EXCLUDE,
    /**
     * The number of values is inspected, in decimal, instead of the values. Head values are counted
     * with the head, and all values with the body. A rule on too few values therefore requires
     * {@link Phase#BODY}.
     */
    COUNT
  }

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if the name is empty
   */
  public Selector {
    requireNonNull(target, "target");
    requireNonNull(use, "use");
    if (name != null && name.isEmpty()) {
      throw new IllegalArgumentException("name: \"\" (expected: a name, or null for all)");
    }
  }

  /** Returns a selector of the number of these values. */
  public Selector count() {
    return new Selector(target, name, Use.COUNT);
  }

  /** Returns a selector that excludes these values. */
  public Selector excluded() {
    return new Selector(target, name, Use.EXCLUDE);
  }

  /** Returns whether values with this name are selected. */
  public boolean covers(String valueName) {
    return name == null || NameGlob.of(name, true).covers(valueName);
  }
}
