package io.gatewaykit.healthcheck;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events on their way to one listener. A listener that is too slow loses what is queued and is told
 * so; it never holds up others, nor makes the queue grow. Thread-safe.
 */
final class EventQueue {
  static final int CAPACITY = 1_024;
  private static final Logger log = LoggerFactory.getLogger(EventQueue.class);

  private final Executor executor;
  private final Consumer<HealthEvent> listener;
  private final Queue<HealthEvent> events = new ArrayDeque<>();
  private final Object delivery = new Object();
  private boolean scheduled;
  private volatile boolean closed;

  EventQueue(Executor executor, Consumer<HealthEvent> listener) {
    this.executor = executor;
    this.listener = listener;
  }

  synchronized void offer(HealthEvent event) {
    if (closed) {
      return;
    }
    if (events.size() >= CAPACITY) {
      events.clear();
      events.add(
          new HealthEvent(
              event.sequence(),
              HealthEvent.Kind.RESYNC,
              "",
              null,
              null,
              event.decidedBy(),
              "this listener was too slow"));
    } else {
      events.add(event);
    }
    if (!scheduled) {
      scheduled = true;
      executor.execute(this::deliver);
    }
  }

  private synchronized @Nullable HealthEvent poll() {
    HealthEvent event = events.poll();
    scheduled = event != null;
    return event;
  }

  private void deliver() {
    for (HealthEvent event = poll(); event != null; event = poll()) {
      synchronized (delivery) {
        if (!closed) {
          tell(event);
        }
      }
    }
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
      }
    }
  }
}
