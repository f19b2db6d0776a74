// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import io.gatewaykit.waf.rule.Target;

/** The policy for bodies that cannot be inspected. */
public record BodyPolicy(boolean rejectOversize, boolean rejectUnknownCodings) {
  public static final BodyPolicy STRICT = new BodyPolicy(true, true);

  /** The rules that match such bodies, and the names of the values that they inspect. */
  public static final String OVERSIZE_RULE = "protocol-body-oversize";

  public static final String CODING_RULE = "protocol-body-coding";
  private static final String OVERSIZE = "oversize";
  private static final String CODING = "coding";

  /** Returns whether a value must not be inspected. */
  public boolean ignores(Target target, String name) {
    return target == Target.MALFORMED
        && ((!rejectOversize && name.equals(OVERSIZE))
            || (!rejectUnknownCodings && name.equals(CODING)));
  }
}
