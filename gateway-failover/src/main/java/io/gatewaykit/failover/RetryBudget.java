package io.gatewaykit.failover;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bounds what retries add to the load: in any ten seconds a fixed reserve and a part of the
 * requests of these ten seconds. So one dead endpoint of ten is hidden from everybody, yet if all
 * is dead the load grows by the ratio and not by the number of attempts. Finagle's rule, on a ring
 * of seconds.
 *
 * <p>Lock-free. Retries are counted before they are compared, so a race refuses one too many at
 * worst, and never admits one.
 */
final class RetryBudget {
  static final int SECONDS = 10;

  private final double ratio;
  private final long reserve;
  private final Second[] ring = new Second[SECONDS];
  private final LongAdder refused = new LongAdder();

  RetryBudget(double ratio, int minPerSecond) {
    this.ratio = ratio;
    this.reserve = (long) minPerSecond * SECONDS;
    for (int i = 0; i < SECONDS; i++) {
      ring[i] = new Second();
    }
  }

  void request(long now) {
    second(now).requests.incrementAndGet();
  }

  /** Takes one retry; false if the budget is used up. */
  boolean tryRetry(long now) {
    AtomicLong retries = second(now).retries;
    retries.incrementAndGet();
    if (balance(now) >= 0) {
      return true;
    }
    retries.decrementAndGet();
    refused.increment();
    return false;
  }

  /** Gives back a retry that found nothing to try. */
  void giveBack(long now) {
    second(now).retries.decrementAndGet();
  }

  /** Returns how many retries are left; negative only while one is being refused. */
  long balance(long now) {
    long epoch = epoch(now);
    long requests = 0;
    long retries = 0;
    for (Second second : ring) {
      if (epoch - second.epoch.get() < SECONDS) {
        requests += second.requests.get();
        retries += second.retries.get();
      }
    }
    return reserve + (long) (ratio * requests) - retries;
  }

  long refused() {
    return refused.sum();
  }

  private Second second(long now) {
    long epoch = epoch(now);
    Second second = ring[(int) Math.floorMod(epoch, (long) SECONDS)];
    long seen = second.epoch.get();
    if (seen != epoch && second.epoch.compareAndSet(seen, epoch)) {
      second.requests.set(0); // one thread clears; what others add meanwhile may get lost
      second.retries.set(0);
    }
    return second;
  }

  private static long epoch(long now) {
    return Math.floorDiv(now, TimeUnit.SECONDS.toNanos(1));
  }

  private static final class Second {
    final AtomicLong epoch = new AtomicLong(Long.MIN_VALUE / 2); // long ago, without overflow
    final AtomicLong requests = new AtomicLong();
    final AtomicLong retries = new AtomicLong();
  }
}
