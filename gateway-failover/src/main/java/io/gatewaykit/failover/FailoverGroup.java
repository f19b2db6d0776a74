// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.LoadReport;
import io.gatewaykit.failover.GroupSnapshot.Misuse;
import io.gatewaykit.failover.breaker.CircuitBreaker;
import io.gatewaykit.failover.internal.schedule.Timers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Selects an endpoint for each request: in the best line that has an available endpoint, the next
 * endpoint according to the {@link Balancer}. A retry goes to another endpoint of that line, then
 * to the next line.
 *
 * <p>An endpoint is available unless the {@link HealthSignal} reports it as unhealthy or draining,
 * or recent consecutive failures have ejected it. If none is available, the group fails open: it
 * uses the best line regardless, so that a wrong signal does not become an outage, and notifies the
 * listener.
 *
 * <p>Thread-safe. Starts a thread for timers on demand, unless a scheduler is given, and should be
 * closed. Statistics survive {@link #update}.
 *
 * @param <T> the payload, which contains the data needed to reach an endpoint
 */
public final class FailoverGroup<T> implements AutoCloseable {
  private static final Duration MAX_TIME = Duration.ofDays(1);

  private final EndpointSelector<T> selector;
  private final LeaseTracker<T> leaseTracker;
  private final Timers timers;
  private final Drainer<T> drainer;
  private final OperatorDrains<T> drains;
  private final @Nullable EndpointQueue queue;
  private final RequestEngine<T> engine;

  FailoverGroup(GroupSettings<T> settings) {
    timers = new Timers("failover-" + settings.name(), settings.scheduler());
    drainer = new Drainer<>(settings, timers);
    EndpointQueue.Bounds bounds = settings.endpoints().queue();
    queue = bounds == null ? null : new EndpointQueue(bounds, settings.ticker(), timers);
    selector =
        new EndpointSelector<>(
            settings,
            drainer,
            queue,
            task -> {
              Future<?> unused = timers.after(0, task);
            });
    drains = new OperatorDrains<>(selector, drainer);
    leaseTracker = new LeaseTracker<>(settings, drainer);
    engine = new RequestEngine<>(settings, selector, leaseTracker, queue, timers);
  }

  /**
   * Returns a new builder.
   *
   * @param name identifies the group in logs, snapshots and metric tags
   */
  public static <T> FailoverGroupBuilder<T> builder(String name) {
    return new FailoverGroupBuilder<>(name, null);
  }

  /**
   * Returns a new builder of a group with these lines.
   *
   * @param name identifies the group in logs, snapshots and metric tags
   */
  public static <T> FailoverGroupBuilder<T> builder(String name, Topology<T> topology) {
    return new FailoverGroupBuilder<>(name, requireNonNull(topology, "topology"));
  }

  /**
   * Replaces the lines; see {@link #update(Topology)}.
   *
   * @return the difference from the previous topology
   * @throws IllegalArgumentException if ids are duplicate, naming all of them, or the topology has
   *     no endpoint and that is not allowed; the topology is then unchanged
   */
  public TopologyChange update(List<Line<T>> newLines) {
    return update(new Topology<>(newLines));
  }

  /**
   * Replaces the topology. The state of retained lines and endpoints, by id, is preserved; requests
   * in flight continue unaffected.
   *
   * @return the difference from the previous topology
   * @throws IllegalArgumentException if it has no endpoint and that is not allowed; the topology is
   *     then unchanged
   */
  public TopologyChange update(Topology<T> topology) {
    return selector.update(topology);
  }

  /**
   * Returns an endpoint without leasing it: the pick is not counted, and its outcome is not
   * recorded. Does not allocate. Null if none is available, or the group rejects requests.
   */
  public @Nullable Endpoint<T> pick(SelectContext context) {
    EndpointState<T> state = selector.pick(context);
    return state == null ? null : state.endpoint;
  }

  /**
   * Leases an endpoint that the context has not tried, for one attempt; null if none is available.
   * Unlike {@link #begin}, it neither counts attempts nor uses the retry budget.
   */
  public @Nullable Lease<T> select(SelectContext context) {
    long now = engine.now();
    Lease<T> lease = engine.lease(context, now, now + engine.retry().perTryNanos());
    if (lease == null) {
      engine.recordExhausted();
    }
    return lease;
  }

  /**
   * Returns an object that leases one endpoint after another as {@link #select} does, without an
   * allocation per lease.
   */
  public ReusableLease<T> reusableLease() {
    return new ReusableLease<>(selector, leaseTracker);
  }

  /**
   * Records a latency measured by a probe of an endpoint, so that lines without traffic can be
   * compared. Probes of one line are compared with probes of another, never with requests.
   *
   * @param latencyNanos in nanoseconds, not negative
   */
  public void observeProbe(String endpointId, long latencyNanos) {
    selector.onProbeLatency(endpointId, Arguments.notNegative("latencyNanos", latencyNanos));
  }

  /**
   * Records the load that an endpoint reports about itself in the response to a probe; see {@link
   * Lease#reportLoad} for responses to requests. An unknown id is ignored.
   */
  public void reportLoad(String endpointId, LoadReport load) {
    selector.onLoad(endpointId, requireNonNull(load, "load"));
  }

  /** Returns the line that a request of this context would be sent to now, with the reasons. */
  public Explanation explain(SelectContext context) {
    return selector.explain(context);
  }

  /**
   * Stops leasing an endpoint, or all endpoints of a line, and notifies its connections ({@link
   * Lease#asConnection}) that they should close, evenly over time in random order, including those
   * of handshakes in flight. Connections still open at the end are notified again.
   *
   * <p>The id stays drained until {@link #undrain}, even if an update removes the endpoint and
   * another adds it again; this also applies to endpoints that an update adds to a drained line.
   * The id of a removed endpoint is valid as long as it has leases.
   *
   * @param id of the endpoint or line
   * @param within the time in which all connections should close; more than zero, at most a day
   * @param perSecond the number of connections notified per second, more than zero; more if the
   *     time is too short
   * @return completes when the last lease has ended, or the time has elapsed, with the number of
   *     connections left; cancelled by {@code undrain}
   * @throws IllegalArgumentException if there is no such endpoint or line, or a value is out of
   *     range
   */
  public CompletableFuture<Integer> drain(String id, Duration within, double perSecond) {
    return drains.drain(id, new Draining(within, perSecond));
  }

  /**
   * Notifies the connections of an endpoint or line as {@link #drain} does, but continues to lease
   * it; for example to move connections back from a backup line.
   */
  public CompletableFuture<Integer> rebalanceConnections(
      String id, Duration within, double perSecond) {
    return drains.rebalance(id, new Draining(within, perSecond));
  }

  /**
   * Ends the drain of an endpoint or line, which is leased again. An endpoint of a drained line is
   * then an exception from its line's drain.
   *
   * @throws IllegalArgumentException if there is no such endpoint or line, and no drain of that id
   */
  public void undrain(String id) {
    drains.undrain(id);
  }

  /**
   * Returns the circuit breaker of an endpoint, to force or reset it.
   *
   * @throws IllegalArgumentException if there is no such endpoint, or the group has no breakers
   */
  public CircuitBreaker breaker(String endpointId) {
    CircuitBreaker breaker = drains.known(endpointId).get(0).breaker;
    if (breaker == null) {
      throw Arguments.outside("breaker", "none", "a group built with breakers");
    }
    return breaker;
  }

  /**
   * Stops the timers and their thread, cancels drains and asynchronous requests in flight (with a
   * {@link java.util.concurrent.CancellationException}), and ends the subscription to the health
   * signal. Open leases can still be ended, and are recorded.
   */
  @Override
  public void close() {
    selector.close();
    timers.close();
    drainer.close();
    if (queue != null) {
      queue.close();
    }
    engine.abandonAll();
  }

  /**
   * Starts the attempts of one request.
   *
   * @param idempotent whether the request may safely be sent more than once
   */
  public Attempts<T> begin(boolean idempotent) {
    return begin(idempotent, MAX_TIME);
  }

  /**
   * Starts the attempts of one request with a deadline.
   *
   * @param idempotent whether the request may safely be sent more than once
   * @param within the time after which no attempt starts; more than zero, at most a day
   * @throws IllegalArgumentException if it is out of range
   */
  public Attempts<T> begin(boolean idempotent, Duration within) {
    return begin(new SelectContext().idempotent(idempotent), within);
  }

  /**
   * Starts the attempts of one request with a deadline.
   *
   * @param context the input of the selection; used exclusively by these attempts until they
   *     complete
   * @param within the time after which no attempt starts; more than zero, at most a day
   * @throws IllegalArgumentException if it is out of range
   */
  public Attempts<T> begin(SelectContext context, Duration within) {
    long withinNanos = checkWithin(within).toNanos();
    long now = engine.now();
    engine.onRequest(now);
    return new Attempts<>(engine, context, now + withinNanos);
  }

  /**
   * Calls endpoints until one call succeeds. A normal return is a success and an exception a
   * failure; a {@link java.net.ConnectException} is a failed connection, which can always be
   * retried. An outcome that the call reports on its lease takes precedence. Blocks as long as the
   * call does; the caller must enforce the time limit of an attempt, {@link Lease#timeout}.
   *
   * @throws NoEndpointException if no endpoint is available
   * @throws Exception the exception of the last call, with those of earlier calls as suppressed
   *     exceptions
   */
  public <R> R execute(boolean idempotent, Call<T, R> call) throws Exception {
    return execute(new SelectContext().idempotent(idempotent), MAX_TIME, call);
  }

  /**
   * Equivalent to {@link #execute(boolean, Call)}, with a context for the selection and a time
   * after which no attempt starts, more than zero and at most a day.
   */
  public <R> R execute(SelectContext context, Duration within, Call<T, R> call) throws Exception {
    return new BlockingExecution<>(engine, begin(context, within), call).run();
  }

  /**
   * Calls endpoints until one call succeeds, by the rules of {@link #execute}, without blocking. An
   * attempt that exceeds {@link Attempts#timeout} counts as timed out, and its stage is cancelled.
   * Hedges if the policy is configured to. Cancelling the returned future cancels the attempts in
   * flight, which counts against no endpoint.
   *
   * @param within the time after which no attempt starts; more than zero, at most a day
   * @return the result, or the failure of the last call, with earlier failures as suppressed
   *     exceptions; {@link NoEndpointException} if no endpoint is available
   * @throws IllegalArgumentException if the time is out of range
   */
  public <R> CompletableFuture<R> executeAsync(
      boolean idempotent, Duration within, AsyncCall<T, R> call) {
    return executeAsync(new SelectContext().idempotent(idempotent), within, call);
  }

  /** Equivalent to {@link #executeAsync(boolean, Duration, AsyncCall)}, with a context. */
  public <R> CompletableFuture<R> executeAsync(
      SelectContext context, Duration within, AsyncCall<T, R> call) {
    return new AsyncExecution<>(engine, begin(context, within), call).start();
  }

  /** Returns a snapshot of the lines, endpoints and counters of the group. */
  public GroupSnapshot snapshot() {
    return selector.snapshot(
        engine.budget().rejected(),
        new Misuse(leaseTracker.doubleEnds(), leaseTracker.leakedLeases()),
        drainer.departed());
  }

  /** Returns the number of registered asynchronous requests, for tests. */
  int inFlight() {
    return engine.inFlight();
  }

  /** Returns the selector, for tests. */
  EndpointSelector<T> selector() {
    return selector;
  }

  private static Duration checkWithin(Duration within) {
    return Arguments.positive("within", within, MAX_TIME);
  }
}
