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
  private final Map<EndpointState<T>, Set<Lease<T>>> connections = new ConcurrentHashMap<>();
  private final Set<Run> runs = ConcurrentHashMap.newKeySet();

  Drainer(Ticker ticker, Timers timers) {
    this.ticker = ticker;
    this.timers = timers;
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
    var run = new Run(endpoints, ticker.read() + within.toNanos());
    int open = endpoints.stream().mapToInt(this::open).sum();
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
      if (endpoints.containsAll(run.endpoints)) {
        run.result.cancel(false);
      }
    }
  }

  void close() {
    for (Run run : runs) {
      run.result.completeExceptionally(new CancellationException("the group was closed"));
    }
  }

  /** One drain. Steps follow each other by timer, so its fields need no lock. */
  private final class Run {
    final List<EndpointState<T>> endpoints;
    final long deadline;
    final CompletableFuture<Integer> result = new CompletableFuture<>();
    final Set<Lease<T>> told = new HashSet<>();
    long intervalNanos;

    Run(List<EndpointState<T>> endpoints, long deadline) {
      this.endpoints = endpoints;
      this.deadline = deadline;
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
