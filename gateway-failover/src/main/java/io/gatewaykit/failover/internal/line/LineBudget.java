// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.line;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The budget of a line per second: a token bucket that holds one second's worth, as one word. The
 * word is the time at which the bucket is full again (GCRA, ITU-T I.371), in nanoseconds. A request
 * that costs more than the bucket holds is admitted when the bucket is full, and the debt delays
 * later ones. In any interval of t seconds, the admitted cost is thus at most {@code rate * (t +
 * 1)} plus the excess of one request. Thread-safe.
 */
public final class LineBudget {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** The longest debt; prevents an overflow. */
  private static final long MAX_NANOS = TimeUnit.DAYS.toNanos(1);

  private final AtomicLong fullAt = new AtomicLong(Long.MIN_VALUE);

  /** Takes a cost; false if the budget is exhausted, unless {@code force} is set. */
  public boolean tryTake(long cost, long perSecond, long now, boolean force) {
    long nanos = nanos(cost, perSecond);
    while (true) {
      long seen = fullAt.get();
      long used = used(seen, now);
      if (!force && used > 0 && used + nanos > SECOND) {
        return false;
      }
      if (fullAt.compareAndSet(seen, now + Math.min(MAX_NANOS, used + nanos))) {
        return true;
      }
    }
  }

  /** Takes a cost that is known only afterwards; it may become a debt. */
  public void charge(long cost, long perSecond, long now) {
    boolean unused = tryTake(cost, perSecond, now, true);
  }

  /** Refunds a cost that was taken and not used. */
  public void refund(long cost, long perSecond) {
    fullAt.addAndGet(-nanos(cost, perSecond));
  }

  /** Returns whether even a request of the smallest cost is rejected. */
  public boolean isExhausted(long now) {
    return used(fullAt.get(), now) >= SECOND;
  }

  private static long used(long fullAt, long now) {
    return fullAt == Long.MIN_VALUE ? 0 : Math.max(0, fullAt - now);
  }

  private static long nanos(long cost, long perSecond) {
    double nanos = Math.ceil((double) cost * SECOND / (double) perSecond);
    return (long) Math.min((double) MAX_NANOS, nanos);
  }
}
