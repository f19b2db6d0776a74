package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
public final class FailoverGroup<T> {
  private static final Logger log = LoggerFactory.getLogger(FailoverGroup.class);

  private static final Duration LONGEST = Duration.ofDays(1);

  private final String name;
  private final Ticker ticker;
  private final HealthSignal health;
  private final OutcomeReport report;
  private final FailoverListener listener;
  private final int maxAttempts;
  private final int maxFails;
  private final long asideNanos;
  private final long perTryNanos;
  private final RetryBudget budget;
  private final SwitchLog switches;
  private final LongAdder panics = new LongAdder();

  /** Replaced whole, under this object's own lock; readers take it once and stay with it. */
  private volatile Topology<T> topology = Topology.empty();

  private FailoverGroup(Builder<T> builder) {
    name = builder.name;
    ticker = builder.ticker;
    health = builder.health;
    report = builder.report;
    listener = builder.listener;
    maxAttempts = builder.maxAttempts;
    maxFails = builder.maxFails;
    asideNanos = builder.asideFor.toNanos();
    perTryNanos = builder.perTry.toNanos();
    budget = new RetryBudget(builder.retryRatio, builder.minRetriesPerSecond);
    switches = new SwitchLog(ticker.read());
    update(builder.lines);
  }

  /** Returns a builder. The name is for people and metrics. */
  public static <T> Builder<T> builder(String name) {
    return new Builder<>(name);
  }

  /**
   * Replaces the lines. What is known of endpoints that stay, by id, is kept; requests under way
   * end as they began.
   *
   * @throws IllegalArgumentException if a line or endpoint id occurs twice, or there is no
   *     endpoint; it names all errors, and the lines stay as they were
   */
  public synchronized void update(List<Line<T>> newLines) {
    long now = ticker.read();
    topology =
        topology.next(
            newLines, now, added -> new EndpointState<>(added, maxFails, asideNanos, now));
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
    checkTime("within", within);
    long now = ticker.read();
    budget.request(now);
    return new Attempts<>(this, idempotent, now + within.toNanos());
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
    Attempts<T> attempts = begin(idempotent);
    Exception last = null;
    while (true) {
      Lease<T> lease = attempts.next();
      if (lease == null) {
        throw last == null ? new NoEndpointException(name) : last;
      }
      try {
        R result = call.apply(lease);
        lease.succeed(OutcomeReport.NO_STATUS);
        return result;
      } catch (InterruptedException e) {
        throw e; // the caller's own end says nothing of the endpoint
      } catch (Exception e) {
        Outcome outcome = Failures.outcome(e);
        lease.end(outcome, OutcomeReport.NO_STATUS);
        if (last != null && !e.equals(last)) {
          e.addSuppressed(last);
        }
        if (!attempts.mayRetry(outcome)) {
          throw e;
        }
        last = e;
      } finally {
        lease.close(); // an Error, or an interruption: nothing was learnt
      }
    }
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
    return new SnapshotView<>(topology, health, switches, ticker.read())
        .of(name, panics.sum(), budget.refused());
  }

  long now() {
    return ticker.read();
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

  /**
   * Leases the next endpoint that was not tried yet, and notes it as tried; null if there is none.
   */
  @Nullable Lease<T> lease(List<EndpointState<T>> tried, long now) {
    List<LineState<T>> current = topology.lines();
    Predicate<EndpointState<T>> untried = state -> !tried.contains(state);
    Predicate<EndpointState<T>> available =
        untried.and(state -> status(state, now) == EndpointStatus.AVAILABLE);
    Lease<T> lease = lease(current, available, tried, now);
    if (lease != null) {
      return lease;
    }
    // Fail open; but an endpoint being drained was taken out by a person, not by a guess.
    lease =
        lease(
            current,
            untried.and(state -> status(state, now) != EndpointStatus.DRAINING),
            tried,
            now);
    if (lease != null) {
      panics.increment();
      tell(() -> listener.onPanic(name));
    }
    return lease;
  }

  private @Nullable Lease<T> lease(
      List<LineState<T>> current,
      Predicate<EndpointState<T>> eligible,
      List<EndpointState<T>> tried,
      long now) {
    for (LineState<T> line : current) {
      EndpointState<T> state = line.pick(eligible);
      if (state != null) {
        if (tried.isEmpty()) {
          noteActive(line.line.id(), now);
        }
        tried.add(state);
        state.picks.increment();
        state.inFlight.incrementAndGet();
        return new Lease<>(this, line, state, now);
      }
    }
    return null;
  }

  private EndpointStatus status(EndpointState<T> state, long now) {
    return state.status(health.health(state.endpoint.id()), now).state();
  }

  private void noteActive(String line, long now) {
    SwitchLog.Move last = switches.last();
    String before = last.to();
    if (line.equals(before)) {
      return;
    }
    String cause = cause(before, line);
    if (switches.move(last, new SwitchLog.Move(before, line, cause, now)) && !before.isEmpty()) {
      log.info("group {}: switched from line {} to {}: {}", name, before, line, cause);
      tell(() -> listener.onSwitch(name, before, line, cause));
    }
  }

  private String cause(String before, String line) {
    if (before.isEmpty()) {
      return "it was the best available line when traffic began";
    }
    return topology.priority(line) < topology.priority(before)
        ? "line " + line + " is available again"
        : "line " + before + " has no available endpoint";
  }

  void ended(LineState<T> line, EndpointState<T> state, Outcome outcome, int status, long start) {
    long now = ticker.read();
    String id = state.endpoint.id();
    if (outcome.againstEndpoint()) {
      line.failed(state, maxFails);
    }
    boolean setAside = state.ended(outcome, now - start, now);
    status(state, now); // dates a change to now and not to the next look
    if (setAside) {
      log.info("group {}: endpoint {} set aside after {} failures in a row", name, id, maxFails);
      tell(() -> listener.onSetAside(name, id));
    }
    report.report(id, outcome, status, now - start);
  }

  private static Duration checkTime(String name, Duration time) {
    if (time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(name + ": " + time + " (expected: > 0, at most PT24H)");
    }
    return time;
  }

  private static void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      log.warn("a failover listener failed", e);
    }
  }

  /**
   * Collects the settings of a {@link FailoverGroup}. Not thread-safe.
   *
   * @param <T> what is needed to reach an endpoint
   */
  public static final class Builder<T> {
    private final String name;
    private final List<Line<T>> lines = new ArrayList<>();
    private Ticker ticker = Ticker.system();
    private HealthSignal health = HealthSignal.unknown();
    private OutcomeReport report = OutcomeReport.none();
    private FailoverListener listener = new FailoverListener() {};
    private int maxAttempts = 3;
    private int maxFails = 3;
    private Duration asideFor = Duration.ofSeconds(10);
    private Duration perTry = Duration.ofMinutes(1);
    private double retryRatio = 0.2;
    private int minRetriesPerSecond = 10;

    private Builder(String name) {
      this.name = requireNonNull(name, "name");
    }

    /** Adds a line. */
    public Builder<T> line(Line<T> line) {
      lines.add(requireNonNull(line, "line"));
      return this;
    }

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder<T> ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /** Sets who says which endpoints are healthy. Default: nobody. */
    public Builder<T> health(HealthSignal health) {
      this.health = requireNonNull(health, "health");
      return this;
    }

    /** Sets who is told how each attempt ended. Default: nobody. */
    public Builder<T> report(OutcomeReport report) {
      this.report = requireNonNull(report, "report");
      return this;
    }

    /** Sets the listener. Default: none. */
    public Builder<T> listener(FailoverListener listener) {
      this.listener = requireNonNull(listener, "listener");
      return this;
    }

    /** Sets how many endpoints one request may try, 1 to 20. Default: 3. */
    public Builder<T> maxAttempts(int attempts) {
      maxAttempts = checkRange("maxAttempts", attempts, 1, 20);
      return this;
    }

    /** Sets after how many failures in a row an endpoint is set aside, 1 to 1000. Default: 3. */
    public Builder<T> maxFails(int failures) {
      maxFails = checkRange("maxFails", failures, 1, 1000);
      return this;
    }

    /**
     * Sets for how long an endpoint is set aside, more than zero, at most a day. Default: 10
     * seconds.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder<T> asideFor(Duration time) {
      asideFor = checkTime("asideFor", time);
      return this;
    }

    /**
     * Sets how long one attempt may take, more than zero, at most a day. Default: a minute. See
     * {@link Attempts#timeout}.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder<T> perTry(Duration time) {
      perTry = checkTime("perTry", time);
      return this;
    }

    /**
     * Sets how much retries may add to the load: in any ten seconds this part of the requests, 0 to
     * 10, and so many a second besides, 0 to 1,000,000. Default: 0.2 and 10.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder<T> retryBudget(double ratio, int minPerSecond) {
      if (!(ratio >= 0 && ratio <= 10)) {
        throw new IllegalArgumentException("ratio: " + ratio + " (expected: 0..10)");
      }
      minRetriesPerSecond = checkRange("minPerSecond", minPerSecond, 0, 1_000_000);
      retryRatio = ratio;
      return this;
    }

    /**
     * Builds the group.
     *
     * @throws IllegalArgumentException as {@link FailoverGroup#update} does
     */
    public FailoverGroup<T> build() {
      return new FailoverGroup<>(this);
    }

    private static int checkRange(String name, int value, int min, int max) {
      if (value < min || value > max) {
        throw new IllegalArgumentException(
            name + ": " + value + " (expected: " + min + ".." + max + ")");
      }
      return value;
    }
  }
}
