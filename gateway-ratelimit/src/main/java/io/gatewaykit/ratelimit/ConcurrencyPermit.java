// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.time.Duration;

/**
 * A permit to be served, one of a limited number; see {@link PermitSource}. It is released once, by
 * the first of {@link #close}, {@link #release} and {@link #drop}. Later calls have no effect, as
 * do those after the limiter has reclaimed the permit. Thread-safe; no method blocks.
 */
public interface ConcurrencyPermit extends AutoCloseable {
  /** Returns the time to wait before the request is served. */
  Duration delay();

  /** Returns the number of permits held by the key when this one was granted, including it. */
  int position();

  /** Returns the time since the permit was granted. */
  Duration age();

  /** Releases the permit. */
  @Override
  void close();

  /**
   * Releases the permit, and reports the latency of the request to the limiter.
   *
   * @param latency the time from the end of its delay to its completion
   * @return whether this call released it
   * @throws IllegalArgumentException if the latency is negative
   */
  boolean release(Duration latency);

  /**
   * Releases the permit after the upstream dropped the request or did not complete it in time,
   * which lowers an adaptive limit.
   *
   * @return whether this call released it
   */
  boolean drop();
}
