package io.gatewaykit.ratelimit;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock that a thread of its own sets every so often, so that reading it costs a memory access
 * instead of a look at the system's clock. Where most of a decision's cost is the clock, this is
 * how to spare it.
 *
 * <p>A limiter on it may admit as many more requests as flow in one period, plus what the thread is
 * late: take a period well below the limit's {@code burst / rate}. Runs a daemon thread until
 * closed; after that the time stands still.
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
   * @param period how often it is set, 50 microseconds to 1 second
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
