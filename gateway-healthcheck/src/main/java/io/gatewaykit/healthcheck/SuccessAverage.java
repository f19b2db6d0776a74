package io.gatewaykit.healthcheck;

/**
 * The success rate of late, as Finagle's failure accrual has it: an average over time in which what
 * was fades by 1/e within each window, and a result stands for the time since the one before it.
 * Thread-safe; each count takes a lock that nothing else holds.
 */
final class SuccessAverage {
  private final double windowNanos;
  private double average;
  private double recent; // how many requests of the last window, about
  private long first;
  private long last;

  SuccessAverage(long windowNanos) {
    this.windowNanos = windowNanos;
  }

  /** Counts a request; returns the rate, or 1 if a window is not over or has seen too few. */
  synchronized double count(boolean success, int needed, long now) {
    double result = success ? 1 : 0;
    if (recent == 0) {
      first = now;
      average = result;
    } else {
      double faded = Math.exp(-Math.max(0, now - last) / windowNanos);
      average = result * (1 - faded) + average * faded;
      recent *= faded;
    }
    recent++;
    last = now;
    return recent >= needed && now - first >= windowNanos ? average : 1;
  }

  /** Begins anew. */
  synchronized void forget() {
    recent = 0;
  }
}
