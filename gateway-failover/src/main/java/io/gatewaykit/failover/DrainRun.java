// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.failover.internal.schedule.Timers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One drain: notifies the connections of some endpoints, evenly over time and in random order.
 *
 * <p>Each step, on a timer thread, notifies the number of connections that the pace allows since
 * the previous step, so the cost of a drain is linear in its connections regardless of its
 * duration. Steps do not overlap. Connections opened in the meantime, by handshakes in flight, are
 * added to the queue by {@link #opened}.
 */
final class DrainRun<T> {
  private static final Logger log = LoggerFactory.getLogger(DrainRun.class);

  /** Fraction of the time within which all are notified, regardless of the pace. */
  private static final double NOTIFY_WITHIN = 0.8;

  private static final long MIN_STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long MAX_STEP_NANOS = TimeUnit.SECONDS.toNanos(1);

  final Set<EndpointState<T>> endpoints;

  /** Whether it was started by the endpoint's health or removal, and not by a caller. */
  final boolean down;

  final CompletableFuture<Integer> result = new CompletableFuture<>();
  private final Ticker ticker;
  private final Timers timers;
  private final Function<EndpointState<T>, Collection<DrainableConnection>> connections;

  /** Whether to wait for leases that are not connections yet, such as handshakes. */
  private final boolean awaitLeases;

  private final long deadline;
  private final long notifyBy;
  private final double perNano;
  private final ReentrantLock lock = new ReentrantLock(); // not a monitor: virtual threads may wait
  private final ArrayDeque<DrainableConnection> queue = new ArrayDeque<>(); // guarded by lock
  private final Set<DrainableConnection> queued = new HashSet<>(); // guarded by lock
  private double due = 1; // owned by the thread of the current step
  private long lastStep;

  /** The settings of a drain. */
  record Settings(Draining pace, boolean down, boolean awaitLeases) {}

  DrainRun(
      Collection<EndpointState<T>> endpoints,
      Settings settings,
      Ticker ticker,
      Timers timers,
      Function<EndpointState<T>, Collection<DrainableConnection>> connections) {
    this.endpoints = Set.copyOf(endpoints);
    this.down = settings.down;
    this.awaitLeases = settings.awaitLeases;
    this.ticker = ticker;
    this.timers = timers;
    this.connections = connections;
    long within = settings.pace.within().toNanos();
    lastStep = ticker.read();
    deadline = lastStep + within;
    notifyBy = lastStep + (long) (NOTIFY_WITHIN * within);
    perNano = settings.pace.perSecond() / TimeUnit.SECONDS.toNanos(1);
  }

  /**
   * Queues the connections that are open now and notifies the first. Called once, after
   * registration.
   */
  void start() {
    List<DrainableConnection> open = new ArrayList<>();
    for (EndpointState<T> endpoint : endpoints) {
      open.addAll(connections.apply(endpoint));
    }
    Collections.shuffle(open, ThreadLocalRandom.current());
    open.forEach(this::opened);
    step();
  }

  /** Adds a connection, unless it is already queued. */
  void opened(DrainableConnection connection) {
    lock.lock();
    try {
      if (queued.add(connection)) {
        queue.add(connection);
      }
    } finally {
      lock.unlock();
    }
  }

  private void step() {
    if (result.isDone()) {
      return; // ended from outside
    }
    long now = ticker.read();
    int left = 0;
    int leases = 0;
    for (EndpointState<T> endpoint : endpoints) {
      left += connections.apply(endpoint).size();
      leases += endpoint.inFlight();
    }
    if (left == 0 && (!awaitLeases || leases == 0)) {
      result.complete(0);
    } else if (deadline - now <= 0) {
      for (EndpointState<T> endpoint : endpoints) {
        connections.apply(endpoint).forEach(connection -> notify(connection::onDeadline));
      }
      result.complete(left);
    } else {
      for (DrainableConnection connection : batch(now)) {
        notify(() -> connection.onDrain(Duration.ofNanos(deadline - now)));
      }
      scheduleStep(now);
    }
  }

  private List<DrainableConnection> batch(long now) {
    var batch = new ArrayList<DrainableConnection>();
    lock.lock();
    try {
      long timeLeft = Math.max(1, notifyBy - now);
      double pace = Math.max(perNano, (double) queue.size() / timeLeft);
      due = Math.min(due + (now - lastStep) * pace, queue.size() + 1.0);
      lastStep = now;
      while (due >= 1 && !queue.isEmpty()) {
        DrainableConnection connection = queue.remove();
        if (connection.isOpen()) {
          batch.add(connection);
          due--;
        }
      }
    } finally {
      lock.unlock();
    }
    return batch;
  }

  private void scheduleStep(long now) {
    double jitter = 0.5 + ThreadLocalRandom.current().nextDouble(); // 0.5 to 1.5
    double pace = Math.max(perNano, (double) waiting() / Math.max(1, notifyBy - now));
    long wait = (long) (jitter / pace);
    wait = Math.max(MIN_STEP_NANOS, Math.min(wait, MAX_STEP_NANOS));
    try {
      Future<?> unused = timers.after(Math.max(1, Math.min(wait, deadline - now)), this::step);
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(new CancellationException("group is closed"));
    }
  }

  private int waiting() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  private static void notify(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      log.warn("connection listener threw an exception", e);
    }
  }
}
