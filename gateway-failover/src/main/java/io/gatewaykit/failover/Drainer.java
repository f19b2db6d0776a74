package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.failover.internal.schedule.Timers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the long-lived connections of a group, and asks them to leave an endpoint, a few at a time,
 * so that they do not all come to the next one at once. Thread-safe.
 */
final class Drainer<T> {
  private static final Logger log = LoggerFactory.getLogger(Drainer.class);

  /** Part of the time in which all are told, whatever the pace, so that they can act on it. */
  private static final double TELL_WITHIN = 0.8;

  private final Ticker ticker;
  private final Timers timers;
  private final @Nullable Duration downWithin;
  private final double downPerSecond;
  private final Map<EndpointState<T>, Set<Lease<T>>> connections = new ConcurrentHashMap<>();
  private final Set<Run> runs = ConcurrentHashMap.newKeySet();

  /** Endpoints whose health has changed and was not looked at yet. */
  private final Set<EndpointState<T>> changed = ConcurrentHashMap.newKeySet();

  private volatile boolean closed;

  /** {@code downWithin} null: connections of an endpoint that goes down stay. */
  Drainer(Ticker ticker, Timers timers, @Nullable Duration downWithin, double downPerSecond) {
    this.ticker = ticker;
    this.timers = timers;
    this.downWithin = downWithin;
    this.downPerSecond = downPerSecond;
  }

  /**
   * Asks the connections of an endpoint that went down to leave, or lets those that are still there
   * stay if it is up again; soon, on a timer's thread. However often it flaps until then, it is
   * looked at once.
   */
  void healthChanged(EndpointState<T> endpoint, boolean usable) {
    Duration within = downWithin;
    boolean nothingToDo = usable ? runs.isEmpty() : open(endpoint) == 0;
    if (within == null || nothingToDo || !changed.add(endpoint)) {
      return;
    }
    try {
      Future<?> unused =
          timers.after(
              1,
              () -> {
                changed.remove(endpoint); // before looking: a change after it is looked at again
                drainIfDown(endpoint, within);
              });
    } catch (RejectedExecutionException e) {
      changed.remove(endpoint);
      log.debug("closed: connections of {} are left alone", endpoint.endpoint.id());
    }
  }

  private void drainIfDown(EndpointState<T> endpoint, Duration within) {
    Run running = downRun(endpoint);
    boolean down = !closed && !endpoint.health().available();
    if (running != null && !down) {
      running.result.cancel(false);
    } else if (running == null && down) {
      var run = new Run(List.of(endpoint), ticker.read() + within.toNanos(), true);
      CompletableFuture<Integer> unused = start(run, within, downPerSecond);
    }
  }

  private @Nullable Run downRun(EndpointState<T> endpoint) {
    for (Run run : runs) {
      if (run.down && run.endpoints.contains(endpoint)) {
        return run;
      }
    }
    return null;
  }

  void opened(EndpointState<T> endpoint, Lease<T> lease) {
    connections.computeIfAbsent(endpoint, key -> ConcurrentHashMap.newKeySet()).add(lease);
  }

  void closed(EndpointState<T> endpoint, Lease<T> lease) {
    // Removes the set with its last member, under the map's lock for that key, as opened() adds.
    connections.computeIfPresent(
        endpoint,
        (key, leases) -> {
          leases.remove(lease);
          return leases.isEmpty() ? null : leases;
        });
  }

  int open(EndpointState<T> endpoint) {
    Set<Lease<T>> leases = connections.get(endpoint);
    return leases == null ? 0 : leases.size();
  }

  /**
   * Begins to ask the connections to leave.
   *
   * @return how many were still there when the time was over, and were told so
   */
  CompletableFuture<Integer> drain(
      List<EndpointState<T>> endpoints, Duration within, double perSecond) {
    return start(new Run(endpoints, ticker.read() + within.toNanos(), false), within, perSecond);
  }

  private CompletableFuture<Integer> start(Run run, Duration within, double perSecond) {
    int open = run.endpoints.stream().mapToInt(this::open).sum();
    double pace = Math.max(perSecond, open / (TELL_WITHIN * within.toNanos() / 1e9));
    run.intervalNanos = Math.max(1, (long) (TimeUnit.SECONDS.toNanos(1) / pace));
    runs.add(run);
    CompletableFuture<?> unused = run.result.whenComplete((left, failure) -> runs.remove(run));
    run.step();
    return run.result;
  }

  /** Ends the drain of these endpoints, as far as it is one. */
  void stop(List<EndpointState<T>> endpoints) {
    for (Run run : runs) {
      if (!run.down && endpoints.containsAll(run.endpoints)) {
        run.result.cancel(false);
      }
    }
  }

  void close() {
    closed = true;
    for (Run run : runs) {
      run.result.completeExceptionally(new CancellationException("the group was closed"));
    }
  }

  /** One drain. Steps follow each other by timer, so its fields need no lock. */
  private final class Run {
    final List<EndpointState<T>> endpoints;
    final long deadline;
    final boolean down; // for an endpoint's health, and not because somebody asked
    final CompletableFuture<Integer> result = new CompletableFuture<>();
    final Set<Lease<T>> told = new HashSet<>();
    long intervalNanos;

    Run(List<EndpointState<T>> endpoints, long deadline, boolean down) {
      this.endpoints = endpoints;
      this.deadline = deadline;
      this.down = down;
    }

    void step() {
      if (result.isDone()) {
        return; // somebody ended it
      }
      List<Lease<T>> left = left();
      long now = ticker.read();
      if (left.isEmpty()) {
        result.complete(0);
      } else if (deadline - now <= 0) {
        left.forEach(lease -> tell(lease::onDeadline));
        result.complete(left.size());
      } else {
        tellNext(left, now);
        next(now);
      }
    }

    private void tellNext(List<Lease<T>> left, long now) {
      told.retainAll(new HashSet<>(left));
      for (Lease<T> lease : left) {
        if (told.add(lease)) {
          tell(() -> lease.onDrain(Duration.ofNanos(deadline - now)));
          return;
        }
      }
    }

    private void next(long now) {
      double chance = 0.5 + ThreadLocalRandom.current().nextDouble(); // half to one and a half
      long wait = Math.min((long) (intervalNanos * chance), deadline - now);
      try {
        Future<?> unused = timers.after(Math.max(1, wait), this::step);
      } catch (RejectedExecutionException e) {
        result.completeExceptionally(new CancellationException("the group was closed"));
      }
    }

    private List<Lease<T>> left() {
      var left = new ArrayList<Lease<T>>();
      for (EndpointState<T> endpoint : endpoints) {
        left.addAll(connections.getOrDefault(endpoint, Set.of()));
      }
      return left;
    }

    private void tell(Runnable event) {
      try {
        event.run();
      } catch (RuntimeException e) {
        log.warn("a connection failed to drain", e);
      }
    }
  }
}
