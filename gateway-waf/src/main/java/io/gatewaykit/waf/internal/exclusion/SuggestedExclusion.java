// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.exclusion;

import io.gatewaykit.waf.internal.match.PathPattern;
import io.gatewaykit.waf.internal.value.Value;
import io.gatewaykit.waf.rule.Exclusion;

/** The exclusion that a hit suggests to an operator. */
public final class SuggestedExclusion {
  private SuggestedExclusion() {}

  /**
   * Returns the narrowest exclusion that admits a value of a request. It has no path if no
   * exclusion can express the path.
   */
  public static Exclusion of(String rule, Value value, String path) {
    Exclusion narrow = Exclusion.rule(rule);
    narrow =
        value.hasName()
            ? narrow.target(value.target(), value.pattern())
            : narrow.target(value.target());
    // Literal, so that a client cannot put a wildcard into an exclusion that is suggested to an
    // operator.
    String literal = PathPattern.literal(path);
    return PathPattern.canMatch(literal) ? narrow.onPath(literal) : narrow;
  }
}
