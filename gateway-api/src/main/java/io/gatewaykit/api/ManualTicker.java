// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A ticker for tests that advances only explicitly. Thread-safe.
 *
 * <p>
 *
 * {@snippet :
 * var ticker = new ManualTicker();
 * var limiter = LeakyBucket.builder().limit(Limit.perSecond(10)).ticker(ticker).build();
 * ticker.advance(Duration.ofMillis(100));
 * }
 */
public final class ManualTicker implements Ticker {
  private final AtomicLong nanos;

  /** Creates a ticker that starts at zero. */
  public ManualTicker() {
    this(0);
  }

  /**
   * Creates a ticker that starts at the given reading, in nanoseconds; negative values are allowed.
   */
  public ManualTicker(long startNanos) {
    nanos = new AtomicLong(startNanos);
  }

  @Override
  public long read() {
    return nanos.get();
  }

  /**
   * Advances the time by the given duration. A negative one steps the clock back, for robustness
   * tests.
   */
  public ManualTicker advance(Duration step) {
    return advanceNanos(requireNonNull(step, "step").toNanos());
  }

  /** Advances the time by the given number of nanoseconds, which may be negative. */
  public ManualTicker advanceNanos(long step) {
    nanos.addAndGet(step);
    return this;
  }

  @Override
  public String toString() {
    return "ManualTicker[" + read() + " ns]";
  }
}
