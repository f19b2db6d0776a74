// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import java.util.List;

/**
 * The limits of a method and the way in which it returns. Immutable.
 *
 * @param limits all of which a call requires
 */
record LimitedMethod(List<MethodLimit> limits, Returns returns) {
  /** The way in which a method returns. */
  enum Returns {
    DIRECTLY,
    STAGE,
    PUBLISHER
  }

  /** Copies the list. */
  LimitedMethod {
    limits = List.copyOf(limits);
  }

  boolean byPrincipal() {
    return limits.stream().anyMatch(MethodLimit::byPrincipal);
  }
}
