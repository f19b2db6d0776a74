// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.failover.internal.schedule.Timers;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The parts of a group that execute requests: leases, budgets, hedges and timers. Thread-safe. */
final class RequestEngine<T> {
  private final String name;
  private final Ticker ticker;
  private final RetryPolicy retry;
  private final RetryBudget budget;
  private final Hedging<T> hedging;
  private final Timers timers;
  private final EndpointSelector<T> selector;
  private final LeaseTracker<T> leaseTracker;
  private final @Nullable EndpointQueue queue;

  /** The asynchronous requests that did not complete immediately. */
  private final Set<CompletableFuture<?>> running = ConcurrentHashMap.newKeySet();

  private volatile boolean closed;

  RequestEngine(
      GroupSettings<T> settings,
      EndpointSelector<T> selector,
      LeaseTracker<T> leaseTracker,
      @Nullable EndpointQueue queue,
      Timers timers) {
    this.selector = selector;
    this.leaseTracker = leaseTracker;
    this.queue = queue;
    this.timers = timers;
    name = settings.name();
    ticker = settings.ticker();
    retry = settings.retry();
    budget = new RetryBudget(retry.budgetRatio(), retry.budgetPerSecond());
    hedging = new Hedging<>(retry.hedge(), selector, budget);
  }

  /** Records a request, which adds to the budgets. */
  void onRequest(long now) {
    budget.request(now);
    hedging.request(now);
  }

  /** Leases an endpoint until the deadline of the attempt; null if none is available. */
  @Nullable Lease<T> lease(SelectContext context, long now, long deadline) {
    var lease = new Lease<>(selector, now);
    return selector.select(context, lease, now) ? lease.enter(leaseTracker, deadline) : null;
  }

  /** Notifies the listener of a further attempt. */
  void onRetry(int attempt, boolean hedge, Lease<T> previous, Lease<T> next) {
    selector.eventPublisher.onRetry(
        new RetryEvent(name, attempt, hedge, previous.endpoint().id(), next.endpoint().id()));
  }

  /** Counts a request that found no available endpoint. */
  void recordExhausted() {
    selector.recordExhausted();
  }

  /** Fails the requests in flight: without timers, no timeout would complete them. */
  void abandonAll() {
    closed = true; // before the iteration: a later request reads the flag
    running.forEach(RequestEngine::abandon);
  }

  static void abandon(CompletableFuture<?> result) {
    result.completeExceptionally(new CancellationException("group is closed"));
  }

  /** Returns the queue of the requests that wait for an endpoint; null: they fail immediately. */
  @Nullable EndpointQueue queue() {
    return queue;
  }

  /** Registers an asynchronous request in flight, to be abandoned when the group is closed. */
  @SuppressWarnings("UndefinedEquals") // a future equals only itself
  void onStarted(CompletableFuture<?> result) {
    running.add(result);
    if (result.isDone()) {
      running.remove(result); // completed before it was registered
    } else if (closed) {
      abandon(result);
    }
  }

  /** Removes a complete request, which does not have to be registered. */
  @SuppressWarnings("UndefinedEquals") // a future equals only itself
  void onCompleted(CompletableFuture<?> result) {
    running.remove(result);
  }

  /** Returns the number of registered requests. */
  int inFlight() {
    return running.size();
  }

  long now() {
    return ticker.read();
  }

  String name() {
    return name;
  }

  RetryPolicy retry() {
    return retry;
  }

  RetryBudget budget() {
    return budget;
  }

  Hedging<T> hedging() {
    return hedging;
  }

  Timers timers() {
    return timers;
  }
}
