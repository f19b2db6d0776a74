// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Queues events for one listener. If the listener is too slow, the queued events are dropped and
 * replaced by a snapshot. A slow listener therefore neither delays others nor makes the queue grow
 * without bound. Thread-safe.
 */
final class EventQueue {
  static final int CAPACITY = 1_024;
  private static final Logger log = LoggerFactory.getLogger(EventQueue.class);

  private final Executor executor;
  private final Consumer<HealthEvent> listener;
  private final Supplier<HealthEvent> resync;
  private final LongConsumer dropped;
  private final Queue<HealthEvent> events = new ArrayDeque<>();
  private final Object delivery = new Object();
  private boolean resyncDue;
  private boolean scheduled;
  private volatile boolean closed;

  // Guarded by the delivery lock.
  private long snapshotSequence;

  /**
   * Creates a queue.
   *
   * @param resync creates a RESYNC event with a snapshot; acquires the checker's lock
   * @param dropped called with the number of events dropped
   */
  EventQueue(
      Executor executor,
      Consumer<HealthEvent> listener,
      Supplier<HealthEvent> resync,
      LongConsumer dropped) {
    this.executor = executor;
    this.listener = listener;
    this.resync = resync;
    this.dropped = dropped;
  }

  /** Enqueues an event. Called in the order of the sequence numbers. */
  synchronized void offer(HealthEvent event) {
    if (closed) {
      return;
    }
    if (events.size() >= CAPACITY) {
      dropped.accept(events.size() + 1L);
      events.clear();
      resyncDue = true;
    } else if (!resyncDue) {
      events.add(event);
    } else {
      dropped.accept(1);
    }
    schedule();
  }

  /** Delivers a snapshot as the first event. */
  synchronized void startWithSnapshot() {
    resyncDue = true;
    schedule();
  }

  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      executor.execute(this::deliver);
    }
  }

  private synchronized boolean takeResync() {
    boolean due = resyncDue;
    resyncDue = false;
    return due;
  }

  private synchronized @Nullable HealthEvent poll() {
    HealthEvent event = events.poll();
    scheduled = event != null || resyncDue;
    return event;
  }

  private void deliver() {
    boolean more = true;
    while (more) {
      synchronized (delivery) {
        HealthEvent event;
        if (takeResync()) {
          // Events offered from now on are queued behind the snapshot; those it includes are
          // skipped.
          event = resync.get();
          snapshotSequence = event.sequence();
        } else {
          event = poll();
          if (event != null && event.sequence() <= snapshotSequence) {
            continue;
          }
        }
        more = event != null || isScheduled();
        if (event != null && !closed) {
          notifyListener(event);
        }
      }
    }
  }

  private synchronized boolean isScheduled() {
    return scheduled;
  }

  private void notifyListener(HealthEvent event) {
    try {
      listener.accept(event);
    } catch (RuntimeException | LinkageError | AssertionError e) {
      log.warn("health listener threw an exception for event {}", event, e);
    }
  }

  /**
   * Stops delivery. When this method returns, no call of the listener is in progress or will
   * follow, unless this is called by the listener itself.
   */
  void close() {
    closed = true;
    synchronized (delivery) {
      synchronized (this) {
        events.clear();
        resyncDue = false;
      }
    }
  }
}
