// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Expires operations that have not completed by their deadline, on a dedicated thread.
 *
 * <p>All deadlines are the same period from their registration, so a FIFO queue holds them in order
 * and registration costs one append. A completed operation is removed within {@link #SWEEP_NANOS}
 * once every earlier one has completed. A connection replies in order, so this is soon, and a long
 * deadline does not retain the calls of that entire period.
 *
 * <p>No wake-up is lost: the thread sets its idle flag before it checks the queue again, and {@link
 * #watch} appends before it reads the flag (both volatile).
 */
final class TimeoutQueue implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TimeoutQueue.class);

  /** The longest time that a completed operation remains at the head, in nanoseconds. */
  private static final long SWEEP_NANOS = 10_000_000;

  private final ConcurrentLinkedQueue<Timed> queue = new ConcurrentLinkedQueue<>();
  private final long nanos;
  private final Ticker ticker;
  private final Thread thread;
  private volatile boolean idle;
  private volatile boolean closed;

  /** An operation with a deadline. */
  abstract static class Timed {
    private long at;

    public abstract boolean isComplete();

    /** Expires the operation if it has not completed; called at most once. */
    abstract void expire();
  }

  TimeoutQueue(String name, long nanos, Ticker ticker) {
    this.nanos = nanos;
    this.ticker = ticker;
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  void watch(Timed timed) {
    timed.at = ticker.read() + nanos;
    queue.add(timed);
    if (idle) {
      LockSupport.unpark(thread);
    }
    if (closed) {
      expireAll();
    }
  }

  /** Blocks until all operations watched now have completed, or until {@link #close}. */
  void awaitPending() {
    long until = ticker.read() + nanos;
    for (long left = nanos; left > 0 && !closed; left = until - ticker.read()) {
      LockSupport.parkNanos(this, Math.min(left, SWEEP_NANOS));
    }
  }

  /** Returns the number of operations held, in flight or completed. */
  int held() {
    return queue.size();
  }

  private void run() {
    while (!closed) {
      Timed first = queue.peek();
      if (first == null) {
        idle = true;
        if (queue.isEmpty() && !closed) {
          LockSupport.park(this);
        }
        idle = false;
      } else if (first.isComplete()) {
        queue.poll();
      } else {
        long wait = first.at - ticker.read();
        if (wait > 0) {
          LockSupport.parkNanos(this, Math.min(wait, SWEEP_NANOS));
        } else {
          queue.poll();
          expire(first);
        }
      }
    }
    expireAll();
  }

  private void expireAll() {
    for (Timed timed = queue.poll(); timed != null; timed = queue.poll()) {
      expire(timed);
    }
  }

  private static void expire(Timed timed) {
    try {
      timed.expire();
    } catch (RuntimeException e) { // from a continuation; must not delay others
      log.warn("redis store: the continuation of a decision threw an exception", e);
    }
  }

  /** Expires all operations immediately. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
