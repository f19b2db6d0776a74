// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.failover.internal.schedule.Timers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manages the long-lived connections of a group, and the drains that gradually notify them, so that
 * they do not reconnect concurrently. Connections of an endpoint that an update has removed remain
 * registered until they end. Thread-safe.
 */
final class Drainer<T> implements EndpointWatch<T> {
  private static final Logger log = LoggerFactory.getLogger(Drainer.class);

  private final Ticker ticker;
  private final Timers timers;

  /** Null: connections of endpoints that go down or are removed are retained. */
  private final @Nullable Draining onUnhealthy;

  private final DrainMarks marks = new DrainMarks();
  private final Map<EndpointState<T>, Set<DrainableConnection>> connections =
      new ConcurrentHashMap<>();
  private final Set<DrainRun<T>> runs = ConcurrentHashMap.newKeySet();

  /** Removed endpoints that had leases, by id. */
  private final Map<String, EndpointState<T>> departed = new ConcurrentHashMap<>();

  /** Endpoints whose change has not been inspected yet. */
  private final Set<EndpointState<T>> changed = ConcurrentHashMap.newKeySet();

  private volatile boolean overdueSeen;

  private volatile boolean closed;

  Drainer(GroupSettings<T> settings, Timers timers) {
    this.timers = timers;
    ticker = settings.ticker();
    onUnhealthy = settings.endpoints().drainOnUnhealthy();
  }

  DrainMarks marks() {
    return marks;
  }

  @Override
  public boolean isDrained(String endpointId, String lineId) {
    return marks.isDrained(endpointId, lineId);
  }

  @Override
  public void healthChanged(EndpointState<T> endpoint, boolean usable) {
    boolean nothingToDo = usable ? runs.isEmpty() : open(endpoint).isEmpty();
    if (!nothingToDo) {
      inspectSoon(endpoint);
    }
  }

  @Override
  public void overdue(EndpointState<T> endpoint) {
    if (!overdueSeen) {
      overdueSeen = true;
      log.warn(
          "endpoint {}: {} leases are older than perTry without a response (close leases in"
              + " finally, call responseStarted() when a response starts, longLived() before a long wait)",
          endpoint.endpoint.id(),
          endpoint.overdue());
    }
  }

  /** Returns whether leases were ever overdue, which indicates a leak. */
  boolean overdueSeen() {
    return overdueSeen;
  }

  @Override
  public void removed(EndpointState<T> endpoint) {
    endpoint.removed = true;
    departed.values().removeIf(state -> state.inFlight() == 0);
    if (endpoint.inFlight() > 0) {
      departed.put(endpoint.endpoint.id(), endpoint);
      inspectSoon(endpoint);
    }
  }

  @Override
  public @Nullable EndpointState<T> returning(String endpointId) {
    EndpointState<T> state = departed.remove(endpointId);
    if (state != null) {
      state.removed = false;
      if (!runs.isEmpty()) {
        inspectSoon(state);
      }
    }
    return state;
  }

  /** Returns the removed endpoints that had leases. */
  Collection<EndpointState<T>> departed() {
    return departed.values();
  }

  /** Returns the removed endpoints with leases for the id of an endpoint or of a line. */
  List<EndpointState<T>> departed(String id) {
    var found = new ArrayList<EndpointState<T>>();
    for (EndpointState<T> state : departed.values()) {
      LineState<T> line = state.line;
      boolean named = state.endpoint.id().equals(id) || line != null && line.line.id().equals(id);
      if (named && state.inFlight() > 0) {
        found.add(state);
      }
    }
    return found;
  }

  private boolean isDown(EndpointState<T> endpoint) {
    return endpoint.removed || !endpoint.health().available();
  }

  /**
   * Drains the connections of an endpoint that is down, or ends its drain if it is up again. Runs
   * soon afterwards on a timer thread, once for any number of changes until then.
   */
  private void inspectSoon(EndpointState<T> endpoint) {
    Draining pace = onUnhealthy;
    if (pace == null || !changed.add(endpoint)) {
      return;
    }
    try {
      Future<?> unused =
          timers.after(
              1,
              () -> {
                changed.remove(endpoint); // before the inspection: a later change schedules another
                drainIfDown(endpoint, pace);
              });
    } catch (RejectedExecutionException e) {
      changed.remove(endpoint);
      log.debug("endpoint {}: connections not drained (group closed)", endpoint.endpoint.id());
    }
  }

  private void drainIfDown(EndpointState<T> endpoint, Draining pace) {
    DrainRun<T> running = downRun(endpoint);
    boolean down = !closed && isDown(endpoint);
    if (running != null && !down) {
      running.result.cancel(false);
    } else if (running == null && down) {
      CompletableFuture<Integer> unused =
          start(List.of(endpoint), new DrainRun.Settings(pace, true, true));
    }
  }

  private @Nullable DrainRun<T> downRun(EndpointState<T> endpoint) {
    for (DrainRun<T> run : runs) {
      if (run.down && run.endpoints.contains(endpoint)) {
        return run;
      }
    }
    return null;
  }

  /**
   * Registers a connection. One whose handshake was in flight when a drain started is notified too.
   */
  void opened(EndpointState<T> endpoint, DrainableConnection connection) {
    connections.computeIfAbsent(endpoint, key -> ConcurrentHashMap.newKeySet()).add(connection);
    boolean notified = false;
    for (DrainRun<T> run : runs) { // after adding: a run that starts now includes it
      if (run.endpoints.contains(endpoint)) {
        run.opened(connection);
        notified = true;
      }
    }
    if (!notified && (endpoint.veto() & EndpointState.VETO_DRAIN) != 0) {
      connection.onDrain(Duration.ZERO); // its drain has ended
    } else if (!notified && isDown(endpoint)) {
      inspectSoon(endpoint);
    }
  }

  void closed(EndpointState<T> endpoint, DrainableConnection connection) {
    // Removes the set with its last member, under the map's lock for that key, as opened() adds.
    connections.computeIfPresent(
        endpoint,
        (key, open) -> {
          open.remove(connection);
          return open.isEmpty() ? null : open;
        });
  }

  private Collection<DrainableConnection> open(EndpointState<T> endpoint) {
    return connections.getOrDefault(endpoint, Set.of());
  }

  /**
   * Starts to drain connections.
   *
   * @param awaitLeases whether to wait also for leases that may become connections
   * @return completes with the number of connections left when the time has elapsed
   */
  CompletableFuture<Integer> drain(
      List<EndpointState<T>> endpoints, Draining pace, boolean awaitLeases) {
    return start(endpoints, new DrainRun.Settings(pace, false, awaitLeases));
  }

  private CompletableFuture<Integer> start(
      List<EndpointState<T>> endpoints, DrainRun.Settings settings) {
    var run = new DrainRun<>(endpoints, settings, ticker, timers, this::open);
    runs.add(run);
    CompletableFuture<?> unused = run.result.whenComplete((left, failure) -> runs.remove(run));
    run.start();
    return run.result;
  }

  /** Ends the drains of these endpoints that callers started. */
  void stop(List<EndpointState<T>> endpoints) {
    Set<EndpointState<T>> stopped = Set.copyOf(endpoints);
    for (DrainRun<T> run : runs) {
      if (!run.down && stopped.containsAll(run.endpoints)) {
        run.result.cancel(false);
      }
    }
  }

  void close() {
    closed = true;
    for (DrainRun<T> run : runs) {
      run.result.completeExceptionally(new CancellationException("group is closed"));
    }
  }
}
