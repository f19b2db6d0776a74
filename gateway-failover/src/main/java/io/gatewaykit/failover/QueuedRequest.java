// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A request in an {@link EndpointQueue}. The thread that serves the queue selects on behalf of the
 * request, under its lock, so that the caller can give up at any time and then has exclusive use of
 * its objects again. Thread-safe.
 *
 * @param <L> the lease
 */
abstract class QueuedRequest<L> {
  /** The result of a selection for a waiting request. */
  enum Result {
    /** Nothing was available; it continues to wait. */
    WAITING,
    /** It has a lease. */
    SERVED,
    /** It has waited for the maximum time. */
    EXPIRED,
    /** No attempt is possible any more. */
    NO_ATTEMPT_LEFT,
    /** Its caller has given up, or it was served by another thread. */
    ABANDONED
  }

  private enum State {
    WAITING,
    SERVED,
    ENDED
  }

  private final ReentrantLock lock = new ReentrantLock(); // not a monitor: virtual threads may wait
  private long arrival;
  private long until;
  private State state = State.WAITING;
  private @Nullable L lease;
  private @Nullable RuntimeException failure;

  /** Sets its position in the queue and the end of its wait; before any other thread can see it. */
  final void enter(long arrival, long until) {
    this.arrival = arrival;
    this.until = until;
  }

  /** Returns its position in the queue; 0 before it has entered one. */
  final long arrival() {
    return arrival;
  }

  /**
   * Tries to select an endpoint. It must be resumed unless the result is {@code WAITING} or {@code
   * ABANDONED}.
   */
  final Result trySelect(long now) {
    lock.lock();
    try {
      if (state != State.WAITING) {
        return Result.ABANDONED;
      }
      if (now - until >= 0) {
        state = State.ENDED;
        return Result.EXPIRED;
      }
      lease = select();
      if (lease != null) {
        state = State.SERVED;
        return Result.SERVED;
      }
      if (isOver(now)) {
        state = State.ENDED;
        return Result.NO_ATTEMPT_LEFT;
      }
      return Result.WAITING;
    } catch (RuntimeException e) { // from the health signal of the user; the caller receives it
      failure = e;
      state = State.ENDED;
      return Result.NO_ATTEMPT_LEFT;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the wait if its time has elapsed; returns whether it did, and must be resumed. */
  final boolean expire(long now) {
    return now - until >= 0 && end();
  }

  /** Ends the wait; returns whether it was waiting, and must be resumed. */
  final boolean end() {
    lock.lock();
    try {
      boolean waiting = state == State.WAITING;
      state = waiting ? State.ENDED : state;
      return waiting;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the wait without resuming the request, and releases its lease unless it was taken; returns
   * whether a lease was released.
   */
  final boolean abandon() {
    L released = end() ? null : take();
    if (released == null) {
      return false;
    }
    release(released);
    return true;
  }

  /**
   * Returns the lease, once; null if none was selected.
   *
   * @throws RuntimeException if the selection has thrown it
   */
  final @Nullable L take() {
    lock.lock();
    try {
      if (failure != null) {
        throw failure;
      }
      L taken = state == State.SERVED ? lease : null;
      state = State.ENDED;
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns whether its selection depends on availability only, so that if it is not served, no
   * other such request can be. Constant while it waits.
   */
  abstract boolean isUnrestricted();

  /** Returns a lease, or null if no endpoint is available. */
  abstract @Nullable L select();

  /** Returns whether no attempt is possible any more. */
  abstract boolean isOver(long now);

  /** Ends a lease that the caller does not use. */
  abstract void release(L lease);

  /** Continues the request; called once, unless it is abandoned, without a lock. */
  abstract void resume();
}
