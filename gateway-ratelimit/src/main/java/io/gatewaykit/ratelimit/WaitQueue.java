// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The callers that wait in {@link RateLimiter#acquire} and {@link RateLimiter#acquireAsync} of one
 * limiter, in order of arrival for each key. Only the first caller of a key calls the limiter; the
 * others wait until it has left the queue. Each caller therefore makes a constant number of calls
 * regardless of the queue length, and a large cost is not overtaken by small ones. Callers that do
 * not wait, such as {@code tryAcquire}, bypass the queue and can take permits that the first one
 * waits for.
 *
 * <p>While no caller waits, several calls to a limiter of another process can be in flight, and the
 * limiter decides on each. The callers among them that are rejected are queued in order of arrival,
 * not of the replies.
 *
 * <p>Thread-safe. Keys are retained only while callers wait for them.
 *
 * @param <K> the type of the keys; needs equals and hashCode
 */
@SuppressWarnings("ReferenceEquality") // waiters are compared by identity
public final class WaitQueue<K> {
  /** The default bound on waiting callers. */
  public static final int DEFAULT_MAX_WAITERS = 10_000;

  private final int maxWaiters;
  private final boolean oneQueue;
  private final boolean steady;
  private final ConcurrentHashMap<Object, KeyQueue> queues = new ConcurrentHashMap<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong arrivals = new AtomicLong();

  static int checkMaxWaiters(int maxWaiters) {
    return Arguments.range("maxWaiters", maxWaiters, 0, 1_000_000);
  }

  private WaitQueue(int maxWaiters, boolean oneQueue, boolean steady) {
    this.maxWaiters = checkMaxWaiters(maxWaiters);
    this.oneQueue = oneQueue;
    this.steady = steady;
  }

  /**
   * Returns a queue with separate order for each key.
   *
   * @param maxWaiters the maximum number of callers waiting concurrently, 0 to 1,000,000
   */
  public static <K> WaitQueue<K> of(int maxWaiters) {
    return new WaitQueue<>(maxWaiters, false, false);
  }

  /** Returns a queue for buckets. Their permits drain steadily, so that waits are predictable. */
  static <K> WaitQueue<K> ofBuckets(int maxWaiters) {
    return new WaitQueue<>(maxWaiters, false, true);
  }

  /** Returns a queue for one bucket that all keys share. */
  static <K> WaitQueue<K> ofOneBucket(int maxWaiters) {
    return new WaitQueue<>(maxWaiters, true, true);
  }

  /** Returns the number of queued callers. */
  public int waiting() {
    return waiting.get();
  }

  /** A waiting caller. */
  abstract static class Waiter {
    final Object queueKey;
    final long cost;

    /** The order of arrival. */
    private final long number;

    /** Set when all earlier callers have left. */
    volatile boolean first;

    /** The rejection if it cannot be queued, or its timeout is too short. */
    @Nullable Decision rejection;

    Waiter(Object queueKey, long cost, long number) {
      this.queueKey = queueKey;
      this.cost = cost;
      this.number = number;
    }

    abstract long left();

    abstract long now();

    /** Called on the thread of the previous caller after it has left. */
    abstract void onFirst();
  }

  /** The result of joining the queue. */
  enum JoinResult {
    /** The queue is empty: the caller can call the limiter now. */
    NONE,
    FIRST,
    BEHIND,
    /** The wait would exceed the timeout, or too many callers are waiting. */
    REJECTED
  }

  /** The callers that wait for one key; guarded by the map. */
  private static final class KeyQueue {
    final NavigableSet<Waiter> waiters =
        new TreeSet<>(Comparator.comparingLong(waiter -> waiter.number));
    Waiter first;
    Decision rejection;
    long firstDue;
    double costs;

    KeyQueue(Waiter first, Decision rejection, long firstDue) {
      this.first = first;
      this.rejection = rejection;
      this.firstDue = firstDue;
    }
  }

  Object queueKey(K key) {
    return oneQueue ? this : key;
  }

  /** Returns the number of a caller that arrives now. */
  long arrive() {
    return arrivals.getAndIncrement();
  }

  /** Queues a caller behind those that wait; if there are none, it can call the limiter. */
  JoinResult joinBehind(Waiter waiter) {
    return queues.containsKey(waiter.queueKey) ? join(waiter, null, 0) : JoinResult.NONE;
  }

  /**
   * Queues a caller.
   *
   * @param rejection the rejection it received, or null if it has not called the limiter
   * @param wait the time until it can retry
   */
  JoinResult join(Waiter waiter, @Nullable Decision rejection, long wait) {
    var result = new JoinResult[] {JoinResult.NONE};
    queues.compute(
        waiter.queueKey,
        (key, old) -> {
          if (old == null && rejection == null) {
            return null;
          }
          if (waiting.get() >= maxWaiters) {
            waiter.rejection = old == null ? rejection : old.rejection;
            result[0] = JoinResult.REJECTED;
            return old;
          }
          if (old == null) {
            result[0] = JoinResult.FIRST;
            waiter.first = true;
            return add(
                new KeyQueue(waiter, requireNonNull(rejection), waiter.now() + wait), waiter);
          }
          long ahead = steady ? ahead(old, waiter) : Math.max(0, old.firstDue - waiter.now());
          if (ahead > waiter.left()) {
            waiter.rejection = waiting(old.rejection, ahead);
            result[0] = JoinResult.REJECTED;
            return old;
          }
          result[0] = JoinResult.BEHIND;
          waiter.rejection = waiting(old.rejection, ahead); // for a timeout before it is first
          return add(old, waiter);
        });
    return result[0];
  }

  private KeyQueue add(KeyQueue queue, Waiter waiter) {
    waiting.incrementAndGet();
    queue.waiters.add(waiter);
    queue.costs += waiter.cost;
    return queue;
  }

  /** Returns a lower bound of a caller's wait: the costs queued before it drain at the rate. */
  private static long ahead(KeyQueue queue, Waiter waiter) {
    double permits = before(queue, waiter) - queue.first.cost + waiter.cost;
    double flows = permits / queue.rejection.limit().rate() * 1e9;
    return Math.max(0, queue.firstDue - waiter.now()) + (long) Math.min(flows, 1e18);
  }

  private static double before(KeyQueue queue, Waiter waiter) {
    if (waiter.number > queue.waiters.last().number) {
      return queue.costs;
    }
    double costs = queue.first.number > waiter.number ? queue.first.cost : 0;
    for (Waiter earlier : queue.waiters.headSet(waiter)) { // rejected late: rare
      costs += earlier.cost;
    }
    return costs;
  }

  private static Decision waiting(Decision rejection, long nanos) {
    return new Decision(
        Decision.Outcome.REJECTED,
        Duration.ZERO,
        Duration.ofNanos(nanos),
        rejection.resetAfter(),
        0,
        rejection.limit(),
        rejection.source(),
        Map.of());
  }

  /** Records when the first caller of a key will retry. */
  void onRejected(Waiter first, Decision rejection, long wait) {
    queues.computeIfPresent(
        first.queueKey,
        (key, queue) -> {
          if (queue.first == first) {
            queue.rejection = rejection;
            queue.firstDue = first.now() + wait;
          }
          return queue;
        });
  }

  /** Removes a caller if it is queued, and notifies the next one if it was the first. */
  void leave(Waiter waiter) {
    var next = new Waiter[1];
    queues.computeIfPresent(
        waiter.queueKey,
        (key, queue) -> {
          if (!queue.waiters.remove(waiter)) {
            return queue;
          }
          waiting.decrementAndGet();
          queue.costs -= waiter.cost;
          if (queue.first == waiter) {
            if (queue.waiters.isEmpty()) {
              return null;
            }
            queue.first = queue.waiters.first();
            queue.first.first = true;
            next[0] = queue.first;
          }
          return queue;
        });
    if (next[0] != null) {
      next[0].onFirst();
    }
  }
}
