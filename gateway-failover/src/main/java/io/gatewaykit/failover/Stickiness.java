// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

/**
 * Session affinity by signed tokens: {@link Lease#stickyToken} issues a token and {@link
 * SelectContext#stickyToken} accepts it.
 *
 * @param tokens signs and verifies the tokens
 * @param movesBack whether a token is honored only while the line of its endpoint receives traffic:
 *     clients that were moved to a backup line during an outage return with the rest of the
 *     traffic. If false, they stay as long as the endpoint is available
 */
public record Stickiness(StickyTokens tokens, boolean movesBack) {
  /** Checks that there are tokens. */
  public Stickiness {
    requireNonNull(tokens, "tokens");
  }

  /** Returns the affinity by these tokens, without moving back. */
  public static Stickiness of(StickyTokens tokens) {
    return new Stickiness(tokens, false);
  }

  /** Returns the same affinity, with moving back. */
  public Stickiness withMovingBack() {
    return new Stickiness(tokens, true);
  }
}
