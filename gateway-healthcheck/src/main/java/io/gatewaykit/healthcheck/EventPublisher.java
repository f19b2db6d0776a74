// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.state.DecisionSource;
import io.gatewaykit.healthcheck.state.TargetState;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the events of a checker and queues them for its listeners. Events are published under the
 * lock of the {@link TargetRegistry}, so that every listener receives them in sequence order.
 */
final class EventPublisher {
  private final String checker;
  private final Executor executor;
  private final InstantSource clock;
  private final Supplier<CheckerSnapshot> snapshots;
  private final List<EventQueue> queues = new CopyOnWriteArrayList<>();
  private final AtomicLong dropped = new AtomicLong();
  private long sequence;

  /**
   * Creates a publisher without listeners.
   *
   * @param checker the name of the checker
   * @param executor calls the listeners
   * @param snapshots returns the current snapshot; acquires the registry's lock
   */
  EventPublisher(
      String checker, Executor executor, InstantSource clock, Supplier<CheckerSnapshot> snapshots) {
    this.checker = checker;
    this.executor = executor;
    this.clock = clock;
    this.snapshots = snapshots;
  }

  /** Returns the number of the last event. Called under the lock. */
  long sequence() {
    return sequence;
  }

  /** Returns the number of events dropped because a listener was too slow. */
  long dropped() {
    return dropped.get();
  }

  /** Publishes an event. Called under the lock. */
  void publish(
      HealthEvent.Kind kind,
      String id,
      @Nullable TargetState from,
      @Nullable TargetState to,
      DecisionSource decidedBy,
      String cause) {
    sequence++;
    if (!queues.isEmpty()) {
      var event =
          new HealthEvent(
              checker, sequence, kind, id, from, to, decidedBy, cause, clock.instant(), null);
      queues.forEach(queue -> queue.offer(event));
    }
  }

  /**
   * Registers a listener. If {@code fromSnapshot} is true, its first event is a RESYNC. Called
   * under the lock.
   */
  EventQueue add(Consumer<HealthEvent> listener, boolean fromSnapshot) {
    var queue = new EventQueue(executor, listener, this::newResync, dropped::addAndGet);
    queues.add(queue);
    if (fromSnapshot) {
      queue.startWithSnapshot();
    }
    return queue;
  }

  void remove(EventQueue queue) {
    queues.remove(queue);
    queue.close();
  }

  private HealthEvent newResync() {
    CheckerSnapshot snapshot = snapshots.get();
    return new HealthEvent(
        checker,
        snapshot.sequence(),
        HealthEvent.Kind.RESYNC,
        "",
        null,
        null,
        DecisionSource.SYSTEM,
        "snapshot",
        clock.instant(),
        snapshot);
  }

  /** Closes all queues. Waits for listeners that are running, so the lock must not be held. */
  void close() {
    queues.forEach(EventQueue::close);
  }
}
