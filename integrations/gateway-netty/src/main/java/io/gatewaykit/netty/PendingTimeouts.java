// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and logs the pending verdicts of a handler that timed out. Thread-safe. */
final class PendingTimeouts {
  private static final Logger log = LoggerFactory.getLogger(PendingTimeouts.class);

  /** Log the first timeout, then one in this many. */
  private static final long LOG_EVERY = 1000;

  private final LongAdder count = new LongAdder();

  long count() {
    return count.sum();
  }

  /** Records that no verdict arrived within the given time. */
  void record(Duration maxPending) {
    count.increment();
    long timeouts = count.sum();
    if (timeouts % LOG_EVERY == 1) {
      log.warn("gateway handler: no verdict within {} (timeouts: {})", maxPending, timeouts);
    }
  }
}
