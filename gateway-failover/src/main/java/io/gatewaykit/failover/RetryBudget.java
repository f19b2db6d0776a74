// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bounds the load that retries add, as a token bucket. Each request deposits {@code ratio} tokens,
 * which expire after a fifth of a second to {@link #LIFETIME}; each retry takes one, the oldest
 * first. A reserve of one second of {@code minPerSecond}, filled at that rate and by deposits that
 * expire, serves groups with few requests.
 *
 * <p>Thus one dead endpoint of ten is hidden from all clients, and if all are dead the load grows
 * by the ratio and not by the number of attempts. Deposits expire soon because they accumulate:
 * with ten seconds of deposits, as in [1], the first second of an outage triples the load, at every
 * instance simultaneously. A window-based limit instead of tokens would repeat that after each
 * window, in unison, and multiply it across tiers that call each other.
 *
 * <p>Lock-free. A request increments a striped counter and reads one field that changes ten times a
 * second, so that requests share no cache line that they write. Tokens are differences of the
 * counter's sums, which only retries compute: the sum at the start of a slice of time dates the
 * deposits before it. An increment that one sum misses is included in the next.
 *
 * <ol>
 *   <li>Finagle, {@code com.twitter.finagle.service.RetryBudget}
 *   <li>B. Beyer et al., "Site Reliability Engineering", O'Reilly 2016, chapter 21: retry budgets
 *       of clients
 * </ol>
 */
final class RetryBudget {
  /** Slices of time in which deposits are dated. */
  private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Slices in which a deposit may be used, the current one included. */
  private static final int LIVE = 3;

  /** The longest time for which a deposit may be used. */
  static final long LIFETIME = LIVE * SLICE_NANOS;

  /** A clock set back by more than this many slices restarts the dating. */
  private static final int MAX_BACK = 10;

  private final double ratio;
  private final double perNano;
  private final double maxReserve;
  private final LongAdder requests = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final AtomicReference<Slices> slices = new AtomicReference<>();
  private final AtomicReference<Account> account = new AtomicReference<>();

  RetryBudget(double ratio, int minPerSecond) {
    this.ratio = ratio;
    this.perNano = (double) minPerSecond / TimeUnit.SECONDS.toNanos(1);
    this.maxReserve = ratio == 0 ? minPerSecond : Math.max(1, minPerSecond);
    slices.set(new Slices(Long.MIN_VALUE / 2, new long[LIVE])); // in the past, without overflow
    account.set(new Account(0, minPerSecond, 0, false));
  }

  /**
   * The number of requests at the start of the current slice, {@code starts[0]}, and of those
   * before it.
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by identity only
  private record Slices(long current, long[] starts) {}

  /**
   * The tokens used.
   *
   * @param used of all deposits ever made, those taken or expired
   * @param reserve tokens in the reserve at {@code at}
   * @param started whether {@code at} is a time
   */
  private record Account(double used, double reserve, long at, boolean started) {}

  /** Records a request. */
  void request(long now) {
    Slices unused = slices(now);
    requests.increment();
  }

  /** Takes one retry; false if the budget is used up. */
  boolean tryRetry(long now) {
    while (true) {
      Account before = account.get();
      Account current = at(before, now);
      double deposited = ratio * requests.sum() - current.used;
      Account after;
      if (deposited >= 1) {
        after = new Account(current.used + 1, current.reserve, current.at, true);
      } else if (current.reserve >= 1) {
        after = new Account(current.used, current.reserve - 1, current.at, true);
      } else if (deposited + current.reserve >= 1) {
        double rest = 1 - deposited;
        after = new Account(current.used + deposited, current.reserve - rest, current.at, true);
      } else {
        rejected.increment();
        return false;
      }
      if (account.compareAndSet(before, after)) {
        return true;
      }
    }
  }

  /** Refunds the token of a retry that found no endpoint. */
  void refund(long now) {
    Account before;
    Account after;
    do {
      before = account.get();
      Account current = at(before, now);
      after = new Account(current.used, current.reserve + 1, current.at, true);
    } while (!account.compareAndSet(before, after));
  }

  /** Returns the number of retries that are available now. */
  long balance(long now) {
    Account current = at(account.get(), now);
    return (long) (Math.max(0, ratio * requests.sum() - current.used) + current.reserve);
  }

  long rejected() {
    return rejected.sum();
  }

  /** Returns the account after the deposits that have expired, and the reserve's refill. */
  private Account at(Account account, long now) {
    double expired = ratio * slices(now).starts[LIVE - 1];
    double passed = Math.max(0, expired - account.used);
    long elapsed = account.started ? Math.max(0, now - account.at) : 0;
    double filled = account.reserve + elapsed * perNano + passed;
    // Refunds may exceed the maximum: they are preserved, and not refilled.
    double reserve = Math.max(account.reserve, Math.min(maxReserve, filled));
    return new Account(account.used + passed, reserve, now, true);
  }

  /** Returns the slices with the current one first. */
  private Slices slices(long now) {
    long slice = Math.floorDiv(now, SLICE_NANOS);
    Slices seen = slices.get();
    // A thread with an old clock reading finds a later slice, and does not change it.
    while (slice > seen.current || slice < seen.current - MAX_BACK) {
      var starts = new long[LIVE];
      long sum = requests.sum();
      long passed = slice - seen.current;
      for (int i = 0; i < LIVE; i++) {
        starts[i] = i < passed || passed < 0 ? sum : seen.starts[(int) (i - passed)];
      }
      var next = new Slices(slice, starts);
      if (slices.compareAndSet(seen, next)) {
        return next;
      }
      seen = slices.get();
    }
    return seen;
  }
}
