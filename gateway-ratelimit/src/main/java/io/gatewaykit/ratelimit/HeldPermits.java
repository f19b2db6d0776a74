// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The permits of one key, oldest first, and the callers that wait for one. Not thread-safe. */
final class HeldPermits<P extends ConcurrencyPermit> {
  final Set<P> permits = new LinkedHashSet<>(4);
  private @Nullable PermitQueue<P> queue;

  boolean isEmpty() {
    return permits.isEmpty() && waiting() == 0;
  }

  int waiting() {
    return queue == null ? 0 : queue.size();
  }

  PermitQueue<P> queue() {
    PermitQueue<P> known = queue;
    if (known == null) {
      known = new PermitQueue<>();
      queue = known;
    }
    return known;
  }

  /** Grants a permit if it is within the bound. Returns its position, 0 if it is not. */
  int grant(P permit, int max) {
    if (permits.size() >= max) {
      return 0;
    }
    permits.add(permit);
    return permits.size();
  }
}
