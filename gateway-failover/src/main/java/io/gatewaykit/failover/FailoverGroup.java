package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.failover.GroupSnapshot.Misuse;
import io.gatewaykit.failover.internal.schedule.Timers;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Chooses where a request goes: the best line that has an available endpoint, and in it the next
 * endpoint by smooth weighted round robin; after a failure another endpoint of that line, then the
 * next line.
 *
 * <p>An endpoint is available if the {@link HealthSignal} does not object and its own recent
 * failures have not set it aside. If nothing is available the group fails open: it tries the best
 * line all the same, since a wrong signal must not turn into an outage, and tells the listener.
 *
 * <p>Thread-safe. Has a thread for timers once there are any, unless a scheduler is given, and
 * should be closed. Statistics survive {@link #update}.
 *
 * @param <T> what is needed to reach an endpoint
 */
public final class FailoverGroup<T> implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofDays(1);

  private final String name;
  private final Ticker ticker;
  private final int maxAttempts;
  private final long perTryNanos;
  private final RetryBudget budget;
  private final Selection<T> selection;
  private final RetryPolicy retry;
  private final LeaseBook<T> leases;
  private final Hedging<T> hedging;
  private final Timers timers;
  private final Drainer<T> drainer;
  private final Set<AsyncExecution<T, ?>> running = ConcurrentHashMap.newKeySet();

  FailoverGroup(FailoverGroupBuilder<T> builder) {
    name = builder.name;
    ticker = builder.ticker;
    maxAttempts = builder.maxAttempts;
    perTryNanos = builder.perTry.toNanos();
    budget = new RetryBudget(builder.retryRatio, builder.minRetriesPerSecond);
    retry = builder.retry;
    timers = new Timers("failover-" + name, builder.scheduler);
    drainer = new Drainer<>(ticker, timers, builder.downWithin, builder.downPerSecond);
    selection = new Selection<>(builder, drainer::healthChanged);
    leases = new LeaseBook<>(name, ticker, retry, builder.watchOneOf, drainer);
    hedging = new Hedging<>(retry.hedge(), selection, budget);
  }

  /** Returns a builder. The name is for people and metrics. */
  public static <T> FailoverGroupBuilder<T> builder(String name) {
    return new FailoverGroupBuilder<>(name);
  }

  /**
   * Replaces the lines, as {@link #update(Topology)} does.
   *
   * @return what changed
   * @throws IllegalArgumentException if a line or endpoint id occurs twice, naming all of them, or
   *     there is no endpoint, unless that is allowed; the lines stay as they were
   */
  public TopologyChange update(List<Line<T>> newLines) {
    return update(new Topology<>(newLines));
  }

  /**
   * Replaces the lines. What is known of lines and endpoints that stay, by id, is kept; requests
   * under way end as they began.
   *
   * @return what changed
   * @throws IllegalArgumentException if there is no endpoint, unless that is allowed; the lines
   *     stay as they were
   */
  public TopologyChange update(Topology<T> topology) {
    return selection.update(topology);
  }

  /**
   * Returns an endpoint for a caller who only wants to know where to go: nothing is counted, and
   * how it went is not learnt. Allocates nothing. Null if there is none, or the group refuses.
   */
  public @Nullable Endpoint<T> pick(SelectContext context) {
    EndpointState<T> state = selection.pick(context);
    return state == null ? null : state.endpoint;
  }

  /**
   * Leases an endpoint for one attempt, leaving out those the context has tried; null if there is
   * none. Neither the retry budget nor the number of attempts is counted; {@link #begin} does that.
   */
  public @Nullable Lease<T> select(SelectContext context) {
    Lease<T> lease = entered(selection.lease(context, ticker.read()));
    if (lease == null) {
      selection.exhausted();
    }
    return lease;
  }

  /**
   * Returns what leases endpoints one after the other as {@link #select} does, without an object
   * for each lease.
   */
  public ReusableLease<T> reusableLease() {
    return new ReusableLease<>(selection, leases);
  }

  /**
   * Takes in a latency that a probe measured at an endpoint, so that lines without traffic can be
   * compared. Probes of one line are compared with probes of another, never with requests.
   *
   * @param latencyNanos in nanoseconds, not negative
   */
  public void observeProbe(String endpointId, long latencyNanos) {
    if (latencyNanos < 0) {
      throw new IllegalArgumentException("latencyNanos: " + latencyNanos + " (expected: >= 0)");
    }
    selection.observe(endpointId, latencyNanos);
  }

  /** Says where a request of this context would go now, and why not elsewhere. */
  public Explanation explain(SelectContext context) {
    return selection.explain(context);
  }

  /**
   * Stops giving leases to an endpoint, or to all of a line, and asks its connections ({@link
   * Lease#asConnection}) to leave, a few at a time in an order of chance. Those that are still
   * there at the end are told that, too. It stays drained until {@link #undrain}.
   *
   * @param id of the endpoint or line
   * @param within until when all connections should be gone; more than zero, at most a day
   * @param perSecond how many to ask in a second, more than zero; more if the time would not do
   * @return completes when the last connection has gone, or the time is over, with the number of
   *     those left; cancelled by {@code undrain}
   * @throws IllegalArgumentException if there is no such endpoint or line, or a value is out of
   *     range
   */
  public CompletableFuture<Integer> drain(String id, Duration within, double perSecond) {
    List<EndpointState<T>> endpoints = checkedDrain(id, within, perSecond);
    for (EndpointState<T> endpoint : endpoints) {
      boolean unused = endpoint.veto(EndpointState.VETO_DRAIN, true);
    }
    selection.stale();
    return drainer.drain(endpoints, within, perSecond);
  }

  /**
   * Asks the connections of an endpoint or line to leave as {@link #drain} does, but goes on giving
   * leases there: moves back those that stayed on a backup line, say.
   */
  public CompletableFuture<Integer> moveConnections(String id, Duration within, double perSecond) {
    return drainer.drain(checkedDrain(id, within, perSecond), within, perSecond);
  }

  private List<EndpointState<T>> checkedDrain(String id, Duration within, double perSecond) {
    checkTime("within", within);
    double unused = checkPace(perSecond);
    return selection.endpoints(id);
  }

  /**
   * Ends the drain of an endpoint or line; it gets leases again.
   *
   * @throws IllegalArgumentException if there is no such endpoint or line
   */
  public void undrain(String id) {
    List<EndpointState<T>> endpoints = selection.endpoints(id);
    for (EndpointState<T> endpoint : endpoints) {
      boolean unused = endpoint.veto(EndpointState.VETO_DRAIN, false);
    }
    selection.stale();
    drainer.stop(endpoints);
  }

  /**
   * Returns the circuit breaker of an endpoint, to force or reset it.
   *
   * @throws IllegalArgumentException if there is no such endpoint, or the group has no breakers
   */
  public CircuitBreaker breaker(String endpointId) {
    CircuitBreaker breaker = selection.endpoints(endpointId).get(0).breaker;
    if (breaker == null) {
      throw new IllegalArgumentException("breaker: none (expected: a group built with breakers)");
    }
    return breaker;
  }

  /**
   * Ends the timers and their thread, drains and asynchronous requests under way (with a {@link
   * java.util.concurrent.CancellationException}), and the subscription to the health signal. Leases
   * that are out may still be ended, and count.
   */
  @Override
  public void close() {
    selection.close();
    timers.close();
    drainer.close();
    running.forEach(AsyncExecution::abandon);
  }

  /**
   * Starts the attempts of one request.
   *
   * @param idempotent whether sending the request twice does no harm
   */
  public Attempts<T> begin(boolean idempotent) {
    return begin(idempotent, LONGEST);
  }

  /**
   * Starts the attempts of one request that must be over in time.
   *
   * @param idempotent whether sending the request twice does no harm
   * @param within after that time no attempt begins; more than zero, at most a day
   * @throws IllegalArgumentException if it is out of range
   */
  public Attempts<T> begin(boolean idempotent, Duration within) {
    return begin(new SelectContext().idempotent(idempotent), within);
  }

  /**
   * Starts the attempts of one request that must be over in time.
   *
   * @param context what the choice depends on; used by these attempts alone until they are over
   * @param within after that time no attempt begins; more than zero, at most a day
   * @throws IllegalArgumentException if it is out of range
   */
  public Attempts<T> begin(SelectContext context, Duration within) {
    checkTime("within", within);
    long now = ticker.read();
    budget.request(now);
    hedging.request(now);
    return new Attempts<>(this, context, now + within.toNanos());
  }

  /** A call to an endpoint that may fail. */
  @FunctionalInterface
  public interface Call<T, R> {
    /** Calls the leased endpoint. What it throws counts against the endpoint. */
    R apply(Lease<T> lease) throws Exception;
  }

  /**
   * Calls endpoints until one call succeeds: returning is success, throwing a failure, and {@link
   * java.net.ConnectException} a failed connection, which may be tried again in any case. The call
   * may report more precisely on its lease, which then counts. Blocks as the call does; the time an
   * attempt may take, {@link Attempts#timeout}, is for the client that makes the call to keep.
   *
   * @throws NoEndpointException if there is no endpoint to try
   * @throws Exception what the last call threw, with what earlier ones threw as suppressed
   *     exceptions
   */
  public <R> R execute(boolean idempotent, Call<T, R> call) throws Exception {
    return execute(new SelectContext().idempotent(idempotent), LONGEST, call);
  }

  /**
   * As the other one, with all that the choice may depend on, and a time after which no attempt
   * begins; more than zero, at most a day.
   */
  public <R> R execute(SelectContext context, Duration within, Call<T, R> call) throws Exception {
    return new BlockingExecution<>(name, begin(context, within), call).run();
  }

  /** A call to an endpoint that does not block. */
  @FunctionalInterface
  public interface AsyncCall<T, R> {
    /** Starts the call. What it throws, or the stage ends with, counts against the endpoint. */
    CompletionStage<R> apply(Lease<T> lease) throws Exception;
  }

  /**
   * Calls endpoints until one call succeeds, by the rules of {@link #execute}, without blocking. An
   * attempt that takes longer than {@link Attempts#timeout} counts as timed out, and its stage is
   * cancelled. Hedges if the policy says so. Cancelling the returned future cancels the attempts
   * under way and counts against nobody.
   *
   * @param within after that time no attempt begins; more than zero, at most a day
   * @return the result, or what the last call failed with, with earlier failures as suppressed
   *     exceptions; {@link NoEndpointException} if there is no endpoint to try
   * @throws IllegalArgumentException if the time is out of range
   */
  public <R> CompletableFuture<R> executeAsync(
      boolean idempotent, Duration within, AsyncCall<T, R> call) {
    return executeAsync(new SelectContext().idempotent(idempotent), within, call);
  }

  /** As the other one, with all that the choice may depend on. */
  public <R> CompletableFuture<R> executeAsync(
      SelectContext context, Duration within, AsyncCall<T, R> call) {
    return new AsyncExecution<>(this, begin(context, within), call).start();
  }

  /** Returns how the group stands. */
  public GroupSnapshot snapshot() {
    return selection.snapshot(
        budget.refused(), new Misuse(leases.repeatedReports(), leases.lostLeases()));
  }

  long now() {
    return ticker.read();
  }

  Selection<T> selection() {
    return selection;
  }

  @Nullable Lease<T> entered(@Nullable Lease<T> lease) {
    return lease == null ? null : lease.enter(leases);
  }

  String name() {
    return name;
  }

  RetryPolicy retry() {
    return retry;
  }

  Hedging<T> hedging() {
    return hedging;
  }

  Timers timers() {
    return timers;
  }

  Set<AsyncExecution<T, ?>> running() {
    return running;
  }

  RetryBudget budget() {
    return budget;
  }

  long perTryNanos() {
    return perTryNanos;
  }

  int maxAttempts() {
    return maxAttempts;
  }

  static double checkPace(double perSecond) {
    if (!(perSecond > 0 && perSecond <= 1e6)) {
      throw new IllegalArgumentException(
          "perSecond: " + perSecond + " (expected: > 0, at most 1000000)");
    }
    return perSecond;
  }

  static Duration checkTime(String name, Duration time) {
    if (time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(name + ": " + time + " (expected: > 0, at most PT24H)");
    }
    return time;
  }
}
