package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.AdaptiveLimit;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.breaker.CircuitBreakerBuilder;
import io.gatewaykit.failover.breaker.CircuitBreakerFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a {@link FailoverGroup}. Each is set at most once; setting it again, or
 * two that exclude each other, throws {@link IllegalStateException}. Not thread-safe.
 *
 * @param <T> the payload, which contains the data needed to reach an endpoint
 */
public final class FailoverGroupBuilder<T> {
  private static final Duration MAX_TIME = Duration.ofDays(1);

  private final String name;
  private final List<Line<T>> lines = new ArrayList<>();
  private @Nullable Topology<T> topology;
  private @Nullable Balancer balancer;
  private @Nullable LineSwitcher switcher;
  private @Nullable PanicMode panicMode;
  private double panicBelow = 0.1;
  private @Nullable Double overprovision;
  private @Nullable String localLabel;
  private String localValue = "";
  private @Nullable Duration slowStart;
  private @Nullable Supplier<@Nullable EndpointLimit> endpointLimit;
  private @Nullable Double probeTraffic;
  private boolean allowEmpty;
  private @Nullable Stickiness sticky;
  private @Nullable Draining drainOnUnhealthy;
  private @Nullable RetryPolicy retry;
  private @Nullable CircuitBreakerFactory breaker;
  private @Nullable CircuitBreakerFactory lineBreaker;
  private @Nullable ScheduledExecutorService scheduler;
  private @Nullable Integer leakDetectionSampling;
  private @Nullable Long seed;
  private @Nullable Ticker ticker;
  private @Nullable HealthSignal health;
  private @Nullable OutcomeReport report;
  private @Nullable FailoverListener listener;
  private @Nullable Integer maxFails;
  private @Nullable Duration ejectFor;

  FailoverGroupBuilder(String name) {
    this.name = requireNonNull(name, "name");
  }

  /** Adds a line. */
  public FailoverGroupBuilder<T> line(Line<T> line) {
    Arguments.excludes("line", "topology", topology);
    lines.add(requireNonNull(line, "line"));
    return this;
  }

  /**
   * Sets all lines.
   *
   * @throws IllegalStateException if lines were added with {@link #line}
   */
  public FailoverGroupBuilder<T> topology(Topology<T> topology) {
    Arguments.excludes("topology", "line", lines.isEmpty() ? null : lines);
    this.topology = Arguments.once("topology", this.topology, topology);
    return this;
  }

  /**
   * Sets the algorithm that selects endpoints in a line. Default: {@link
   * Balancer#smoothWeighted()}.
   */
  public FailoverGroupBuilder<T> balancer(Balancer balancer) {
    this.balancer = Arguments.once("balancer", this.balancer, balancer);
    return this;
  }

  /** Sets the rules for moving traffic between lines. Default: {@link LineSwitcher#defaults()}. */
  public FailoverGroupBuilder<T> switcher(LineSwitcher switcher) {
    this.switcher = Arguments.once("switcher", this.switcher, switcher);
    return this;
  }

  /**
   * Sets the behavior when too few endpoints are healthy. Default: fail open below 0.1.
   *
   * @param mode the behavior
   * @param below the healthy fraction of the lines of each priority below which it applies, 0 to 1;
   *     it always applies if no endpoint is healthy
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> panic(PanicMode mode, double below) {
    double checked = Arguments.range("below", below, 0, 1);
    panicMode = Arguments.once("panic", panicMode, mode);
    panicBelow = checked;
    return this;
  }

  /**
   * Sets the overprovisioning factor of lines, 1 to 1000. The lines of a priority keep all their
   * traffic as long as their healthy fraction times this factor is at least 1; below that, the
   * excess gradually spills to the next priority. Default: 1.4. A large value keeps all traffic
   * until the last endpoint is down.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> overprovision(double factor) {
    double checked = Arguments.range("factor", factor, 1, 1000);
    overprovision = Arguments.once("overprovision", overprovision, checked);
    return this;
  }

  /** Prefers lines with this label among lines of one priority. Default: none. */
  public FailoverGroupBuilder<T> preferLabel(String name, String value) {
    requireNonNull(value, "value");
    localLabel = Arguments.once("preferLabel", localLabel, name);
    localValue = value;
    return this;
  }

  /**
   * Sets the time in which an endpoint that was added or has recovered ramps up to its full share,
   * 0 to an hour. Default: 0.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> slowStart(Duration window) {
    Duration checked = Arguments.range("window", window, Duration.ZERO, Duration.ofHours(1));
    slowStart = Arguments.once("slowStart", slowStart, checked);
    return this;
  }

  /**
   * Limits the attempts in flight at each endpoint, 1 to 1,000,000. A full endpoint receives no
   * further attempts in any panic mode: they go to another endpoint or line, and if all are full
   * none is available. Only attempts that wait for their response count, not long-lived leases or
   * those that have called {@link Lease#responseStarted}. Default: no limit.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> endpointLimit(int maxInFlight) {
    int max = Arguments.range("maxInFlight", maxInFlight, 1, 1_000_000);
    Supplier<@Nullable EndpointLimit> limit = () -> EndpointLimit.fixed(max);
    endpointLimit = Arguments.once("endpointLimit", endpointLimit, limit);
    return this;
  }

  /**
   * Limits the attempts in flight at each endpoint as {@link #endpointLimit(int)} does, with a
   * limit that adapts to the latency of the endpoint.
   *
   * @param limits creates the limit of one endpoint, such as {@code () -> AdaptiveLimit.between(20,
   *     5, 200)}
   */
  public FailoverGroupBuilder<T> endpointLimit(Supplier<AdaptiveLimit> limits) {
    requireNonNull(limits, "limits");
    Supplier<@Nullable EndpointLimit> limit =
        () -> EndpointLimit.adaptive(requireNonNull(limits.get(), "limit"));
    endpointLimit = Arguments.once("endpointLimit", endpointLimit, limit);
    return this;
  }

  /**
   * Sends a fraction of the idempotent requests, 0 to 0.5, to a random line, so that lines without
   * traffic are measured. Default: 0.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> probeTraffic(double share) {
    double checked = Arguments.range("share", share, 0, 0.5);
    probeTraffic = Arguments.once("probeTraffic", probeTraffic, checked);
    return this;
  }

  /**
   * Allows a topology without endpoints, initially and in updates, in which no endpoint can be
   * selected. By default an empty update is rejected and the previous topology remains.
   */
  public FailoverGroupBuilder<T> allowEmpty() {
    allowEmpty = true;
    return this;
  }

  /**
   * Sets the seed of all random choices, for tests: two groups with the same seed that are used
   * identically by a single thread make the same choices. Threads still differ from each other.
   * Default: random.
   */
  public FailoverGroupBuilder<T> seed(long seed) {
    this.seed = Arguments.once("seed", this.seed, seed);
    return this;
  }

  /** Sets the rules for retries. Default: {@link RetryPolicy#defaults}. */
  public FailoverGroupBuilder<T> retry(RetryPolicy policy) {
    retry = Arguments.once("retry", retry, policy);
    return this;
  }

  /**
   * Adds a circuit breaker with these settings to each endpoint, named after the endpoint and with
   * the group's ticker. Default: none; {@link #maxFails} ejects endpoints independently of it.
   */
  public FailoverGroupBuilder<T> breaker(CircuitBreakerBuilder settings) {
    breaker = Arguments.once("breaker", breaker, settings.factory());
    return this;
  }

  /**
   * Adds a circuit breaker with these settings to each line, which evaluates all its endpoints
   * together: a failure rate is more suitable for it than consecutive failures. Default: none.
   */
  public FailoverGroupBuilder<T> lineBreaker(CircuitBreakerBuilder settings) {
    lineBreaker = Arguments.once("lineBreaker", lineBreaker, settings.factory());
    return this;
  }

  /**
   * Enables session affinity by signed tokens. Default: none.
   *
   * @see Stickiness#of
   */
  public FailoverGroupBuilder<T> sticky(Stickiness stickiness) {
    sticky = Arguments.once("sticky", sticky, stickiness);
    return this;
  }

  /**
   * Drains the connections of an endpoint, as {@link FailoverGroup#rebalanceConnections} does, when
   * the health signal reports it as unhealthy or draining; if it is reported as healthy again
   * before all have closed, the rest stay. Default: connections stay until a caller drains them.
   */
  public FailoverGroupBuilder<T> drainOnUnhealthy(Draining pace) {
    drainOnUnhealthy = Arguments.once("drainOnUnhealthy", drainOnUnhealthy, pace);
    return this;
  }

  /**
   * Sets the scheduler for the timers of {@link FailoverGroup#executeAsync} and of drains, such as
   * an event loop; it is never shut down. Default: a thread of the group, started with the first
   * timer and stopped by {@link FailoverGroup#close}.
   */
  public FailoverGroupBuilder<T> scheduler(ScheduledExecutorService scheduler) {
    this.scheduler = Arguments.once("scheduler", this.scheduler, scheduler);
    return this;
  }

  /**
   * Sets the sampling rate of leak detection: one lease in N, 1 to 1,000,000. A sampled lease that
   * leaks is counted and ended. Default: 1024.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> leakDetectionSampling(int oneIn) {
    int checked = Arguments.range("oneIn", oneIn, 1, 1_000_000);
    leakDetectionSampling = Arguments.once("leakDetectionSampling", leakDetectionSampling, checked);
    return this;
  }

  /** Sets the source of time. Default: {@link Ticker#system()}. */
  public FailoverGroupBuilder<T> ticker(Ticker ticker) {
    this.ticker = Arguments.once("ticker", this.ticker, ticker);
    return this;
  }

  /** Sets the source of endpoint health. Default: none. */
  public FailoverGroupBuilder<T> health(HealthSignal health) {
    this.health = Arguments.once("health", this.health, health);
    return this;
  }

  /** Sets the receiver of the outcome of each attempt. Default: none. */
  public FailoverGroupBuilder<T> report(OutcomeReport report) {
    this.report = Arguments.once("report", this.report, report);
    return this;
  }

  /** Sets the listener. Default: none. */
  public FailoverGroupBuilder<T> listener(FailoverListener listener) {
    this.listener = Arguments.once("listener", this.listener, listener);
    return this;
  }

  /** Sets the number of consecutive failures that eject an endpoint, 1 to 1000. Default: 3. */
  public FailoverGroupBuilder<T> maxFails(int failures) {
    int checked = Arguments.range("maxFails", failures, 1, 1000);
    maxFails = Arguments.once("maxFails", maxFails, checked);
    return this;
  }

  /**
   * Sets the ejection time of an endpoint, more than zero and at most a day. Default: 10 seconds.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public FailoverGroupBuilder<T> ejectFor(Duration time) {
    Duration checked = Arguments.positive("ejectFor", time, MAX_TIME);
    ejectFor = Arguments.once("ejectFor", ejectFor, checked);
    return this;
  }

  /**
   * Builds the group.
   *
   * @throws IllegalArgumentException as {@link FailoverGroup#update} does
   */
  public FailoverGroup<T> build() {
    return new FailoverGroup<>(settings());
  }

  private GroupSettings<T> settings() {
    return new GroupSettings<>(
        name,
        topology == null ? new Topology<>(lines) : topology,
        allowEmpty,
        linePolicy(),
        probeTraffic == null ? 0 : probeTraffic,
        sticky,
        drainOnUnhealthy,
        retry == null ? RetryPolicy.defaults() : retry,
        maxFails == null ? 3 : maxFails,
        (ejectFor == null ? Duration.ofSeconds(10) : ejectFor).toNanos(),
        endpointLimit == null ? () -> null : endpointLimit,
        breaker,
        lineBreaker,
        scheduler,
        leakDetectionSampling == null ? 1024 : leakDetectionSampling,
        seed == null ? ThreadLocalRandom.current().nextLong() : seed,
        ticker == null ? Ticker.system() : ticker,
        health == null ? HealthSignal.unknown() : health,
        report == null ? OutcomeReport.none() : report,
        listener == null ? new FailoverListener() {} : listener);
  }

  private LinePolicy linePolicy() {
    return new LinePolicy(
        balancer == null ? Balancer.smoothWeighted() : balancer,
        switcher == null ? LineSwitcher.defaults() : switcher,
        panicMode == null ? PanicMode.FAIL_OPEN : panicMode,
        panicBelow,
        (int) Math.round(1000 * (overprovision == null ? 1.4 : overprovision)),
        localLabel == null ? "" : localLabel,
        localValue,
        slowStart == null ? 0 : slowStart.toNanos());
  }
}
