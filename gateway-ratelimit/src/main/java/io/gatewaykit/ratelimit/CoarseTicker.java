// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock that a dedicated thread updates periodically, so that a reading costs a memory access
 * instead of a system call. Suitable where reading the clock dominates the cost of a decision.
 *
 * <p>With it, a limiter can additionally admit the requests of one period, plus any delay of the
 * thread: choose a period well below the limit's {@code burst / rate}. Runs a daemon thread until
 * it is closed; the time then no longer advances.
 */
public final class CoarseTicker implements Ticker, AutoCloseable {
  private final Ticker exact = Ticker.system();
  private final Thread thread;
  private final long period;
  private volatile long now = exact.read();
  private volatile boolean closed;

  private CoarseTicker(long period) {
    this.period = period;
    this.thread = new Thread(this::run, "gatewaykit-coarse-ticker");
    thread.setDaemon(true);
  }

  /**
   * Starts a clock.
   *
   * @param period the update interval, 50 microseconds to 1 second
   * @throws IllegalArgumentException if the period is out of range
   */
  public static CoarseTicker every(Duration period) {
    long nanos = Arguments.nanos("period", period);
    Arguments.range("period", nanos, 50_000, 1_000_000_000);
    var ticker = new CoarseTicker(nanos);
    ticker.thread.start();
    return ticker;
  }

  @Override
  public long read() {
    return now;
  }

  private void run() {
    while (!closed) {
      now = exact.read();
      LockSupport.parkNanos(period);
    }
  }

  /** Stops the thread. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
