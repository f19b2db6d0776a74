package io.gatewaykit.api;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A ticker that moves only when told to, for tests. Thread-safe.
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

  /** Starts at zero. */
  public ManualTicker() {
    this(0);
  }

  /** Starts at the given reading, in nanoseconds; any value, also a negative one, is legal. */
  public ManualTicker(long startNanos) {
    nanos = new AtomicLong(startNanos);
  }

  @Override
  public long read() {
    return nanos.get();
  }

  /**
   * Moves the time by the given duration. A negative one steps the clock back, as a test of
   * robustness may want to.
   */
  public ManualTicker advance(Duration step) {
    return advanceNanos(requireNonNull(step, "step").toNanos());
  }

  /** Moves the time by the given number of nanoseconds, forwards or backwards. */
  public ManualTicker advanceNanos(long step) {
    nanos.addAndGet(step);
    return this;
  }

  @Override
  public String toString() {
    return "ManualTicker[" + read() + " ns]";
  }
}
