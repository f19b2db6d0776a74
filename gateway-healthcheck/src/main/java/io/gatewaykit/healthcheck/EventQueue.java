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
 * Events on their way to one listener. A listener that is too slow loses what is queued and gets a
 * snapshot in its place; it never holds up others, nor makes the queue grow. Thread-safe.
 */
final class EventQueue {
  static final int CAPACITY = 1_024;
  private static final Logger log = LoggerFactory.getLogger(EventQueue.class);

  private final Executor executor;
  private final Consumer<HealthEvent> listener;
  private final Supplier<HealthEvent> resync;
  private final LongConsumer lost;
  private final Queue<HealthEvent> events = new ArrayDeque<>();
  private final Object delivery = new Object();
  private boolean resyncDue;
  private boolean scheduled;
  private volatile boolean closed;

  // Under the delivery lock.
  private long toldUpTo;

  /**
   * Makes a queue.
   *
   * @param resync makes the event that tells how all stands now; takes the checker's lock
   * @param lost learns how many events were dropped
   */
  EventQueue(
      Executor executor,
      Consumer<HealthEvent> listener,
      Supplier<HealthEvent> resync,
      LongConsumer lost) {
    this.executor = executor;
    this.listener = listener;
    this.resync = resync;
    this.lost = lost;
  }

  /** Called in the order of the events' numbers. */
  synchronized void offer(HealthEvent event) {
    if (closed) {
      return;
    }
    if (events.size() >= CAPACITY) {
      lost.accept(events.size() + 1L);
      events.clear();
      resyncDue = true;
    } else if (!resyncDue) {
      events.add(event);
    } else {
      lost.accept(1);
    }
    schedule();
  }

  /** Begins with how all stands. */
  synchronized void beginWithSnapshot() {
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
          // Events offered from now on wait behind the snapshot; those it includes are skipped.
          event = resync.get();
          toldUpTo = event.sequence();
        } else {
          event = poll();
          if (event != null && event.sequence() <= toldUpTo) {
            continue;
          }
        }
        more = event != null || isScheduled();
        if (event != null && !closed) {
          tell(event);
        }
      }
    }
  }

  private synchronized boolean isScheduled() {
    return scheduled;
  }

  private void tell(HealthEvent event) {
    try {
      listener.accept(event);
    } catch (RuntimeException | LinkageError | AssertionError e) {
      log.warn("a health listener failed at {}", event, e);
    }
  }

  /** After this returns the listener is called no more, unless it is the caller. */
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
