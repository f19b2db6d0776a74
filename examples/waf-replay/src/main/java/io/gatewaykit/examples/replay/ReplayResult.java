// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.waf.WafResult;
import org.jspecify.annotations.Nullable;

/**
 * The decision of the guard about a request.
 *
 * @param rejection the response to the client, or null if the request passes
 * @param result the findings, also for a request that passes
 */
record ReplayResult(@Nullable Rejection rejection, WafResult result) {
  /** Returns whether the request is blocked, or would be if the policy were not detection-only. */
  boolean blocked() {
    return rejection != null || result.wouldBlock();
  }

  /** Returns the decision as text, with the reason of a rejection that no rule caused. */
  String word() {
    if (rejection == null) {
      return result.wouldBlock() ? "would be blocked" : "passed";
    }
    return result.blocked() ? "blocked" : "blocked by " + rejection.reason();
  }
}
