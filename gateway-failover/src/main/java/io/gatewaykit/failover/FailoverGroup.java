package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.HealthSignal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
 * <p>Thread-safe. Starts no thread. Statistics survive {@link #update}.
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

  FailoverGroup(FailoverGroupBuilder<T> builder) {
    name = builder.name;
    ticker = builder.ticker;
    maxAttempts = builder.maxAttempts;
    perTryNanos = builder.perTry.toNanos();
    budget = new RetryBudget(builder.retryRatio, builder.minRetriesPerSecond);
    selection = new Selection<>(builder);
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
    return selection.lease(context, ticker.read());
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

  /** Ends the subscription to the health signal. Requests under way end as they began. */
  @Override
  public void close() {
    selection.close();
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
   * may report more precisely on its lease. Blocks as the call does.
   *
   * @throws NoEndpointException if there is no endpoint to try
   * @throws Exception what the last call threw, with what earlier ones threw as suppressed
   *     exceptions
   */
  public <R> R execute(boolean idempotent, Call<T, R> call) throws Exception {
    return new BlockingExecution<>(name, begin(idempotent), call).run();
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
   * cancelled; the timer is the JDK's shared one and keeps real time. Cancelling the returned
   * future cancels the attempt under way and counts against nobody.
   *
   * @param within after that time no attempt begins; more than zero, at most a day
   * @return the result, or what the last call failed with, with earlier failures as suppressed
   *     exceptions; {@link NoEndpointException} if there is no endpoint to try
   * @throws IllegalArgumentException if the time is out of range
   */
  public <R> CompletableFuture<R> executeAsync(
      boolean idempotent, Duration within, AsyncCall<T, R> call) {
    return new AsyncExecution<>(name, begin(idempotent, within), call).start();
  }

  /** Returns how the group stands. */
  public GroupSnapshot snapshot() {
    return selection.snapshot(budget.refused());
  }

  long now() {
    return ticker.read();
  }

  Selection<T> selection() {
    return selection;
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

  static Duration checkTime(String name, Duration time) {
    if (time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(name + ": " + time + " (expected: > 0, at most PT24H)");
    }
    return time;
  }
}
