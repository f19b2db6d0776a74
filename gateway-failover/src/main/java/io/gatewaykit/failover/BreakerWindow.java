package io.gatewaykit.failover;

/**
 * What a closed breaker remembers of recent calls. Lock-free; a record is one atomic add, and one
 * more for a bad call. When all threads are done, the totals are those of one thread that did the
 * same in some order, and the last of the threads saw them.
 */
interface BreakerWindow {
  int FAILED = 1;
  int SLOW = 2;

  /** Tells whether {@link #record} needs to know what time it is. */
  boolean needsTime();

  /**
   * Records one call.
   *
   * @param marks {@link #FAILED}, {@link #SLOW}, both or none
   * @return the totals to judge by, or {@link #NOTHING_NEW} if this call cannot change a judgement
   */
  long record(int marks, long now);

  /** Returns the totals. */
  long totals(long now);

  /** A good call after an earlier judgement: the rates can only have fallen. */
  long NOTHING_NEW = -1;

  // Totals travel in one word so that nothing is allocated, 21 bits each; beyond two million calls
  // all three lose their lowest bits, which keeps the rates.

  int BITS = 21;
  int MASK = (1 << BITS) - 1;

  static long pack(long calls, long failed, long slow) {
    int excess = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(calls) - BITS);
    return calls >>> excess << 2 * BITS
        | Math.min(failed >>> excess, MASK) << BITS
        | Math.min(slow >>> excess, MASK);
  }

  static int calls(long totals) {
    return (int) (totals >>> 2 * BITS);
  }

  static int failed(long totals) {
    return (int) (totals >>> BITS) & MASK;
  }

  static int slow(long totals) {
    return (int) totals & MASK;
  }
}
