package io.gatewaykit.api;

/**
 * A source of elapsed time. Every module reads time through a ticker, so that tests can use a
 * {@link ManualTicker} and never sleep.
 *
 * <p>Implementations are thread-safe and never go backwards on one thread.
 */
@FunctionalInterface
public interface Ticker {

  /** Returns nanoseconds since an arbitrary but fixed origin; only differences have a meaning. */
  long read();

  /** Returns the ticker that reads {@link System#nanoTime()}. */
  static Ticker system() {
    return SystemTicker.INSTANCE;
  }
}
