// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api;

/**
 * A source of elapsed time. All modules read time through a ticker, so that tests can use a {@link
 * ManualTicker} instead of sleeping.
 *
 * <p>Implementations are thread-safe and never go backwards on one thread.
 */
@FunctionalInterface
public interface Ticker {

  /**
   * Returns the nanoseconds since an arbitrary but fixed origin; only differences are meaningful.
   */
  long read();

  /** Returns a ticker that reads {@link System#nanoTime()}. */
  static Ticker system() {
    return SystemTicker.INSTANCE;
  }
}
