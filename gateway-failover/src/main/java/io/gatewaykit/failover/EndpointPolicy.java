// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.AdaptiveLimit;
import io.gatewaykit.failover.breaker.CircuitBreakerBuilder;
import io.gatewaykit.failover.breaker.CircuitBreakerFactory;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a group that apply to each of its endpoints: ejection, slow start, limits,
 * circuit breaker, draining and leak detection. Immutable and reusable.
 */
public final class EndpointPolicy {
  private static final Duration MAX_TIME = Duration.ofDays(1);
  private static final EndpointPolicy DEFAULT = builder().build();

  private final EndpointSettings settings;

  private EndpointPolicy(EndpointSettings settings) {
    this.settings = settings;
  }

  /** Returns a new builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the policy with all defaults. */
  public static EndpointPolicy defaults() {
    return DEFAULT;
  }

  EndpointSettings settings() {
    return settings;
  }

  @Override
  public String toString() {
    return settings.toString();
  }

  /**
   * Collects the settings. Each is set at most once; setting it again throws {@link
   * IllegalStateException}. Not thread-safe.
   */
  public static final class Builder {
    private @Nullable Integer maxFails;
    private @Nullable Duration ejectFor;
    private @Nullable Duration slowStart;
    private @Nullable Supplier<@Nullable EndpointLimit> limit;
    private EndpointQueue.@Nullable Bounds queue;
    private @Nullable CircuitBreakerFactory breaker;
    private @Nullable Draining drainOnUnhealthy;
    private @Nullable Integer leakDetectionSampling;
    private @Nullable Duration balanceLoad;

    private Builder() {}

    /** Sets the number of consecutive failures that eject an endpoint, 1 to 1000. Default: 3. */
    public Builder maxFails(int failures) {
      int checked = Arguments.range("maxFails", failures, 1, 1000);
      maxFails = Arguments.once("maxFails", maxFails, checked);
      return this;
    }

    /**
     * Sets the ejection time of an endpoint, more than zero and at most a day. Default: 10 seconds.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder ejectFor(Duration time) {
      Duration checked = Arguments.positive("ejectFor", time, MAX_TIME);
      ejectFor = Arguments.once("ejectFor", ejectFor, checked);
      return this;
    }

    /**
     * Sets the time in which an endpoint that was added or has recovered ramps up to its full
     * share, 0 to an hour. Default: 0.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder slowStart(Duration window) {
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
    public Builder maxInFlight(int attempts) {
      int max = Arguments.range("maxInFlight", attempts, 1, 1_000_000);
      Supplier<@Nullable EndpointLimit> fixed = () -> EndpointLimit.fixed(max);
      limit = Arguments.once("maxInFlight", limit, fixed);
      return this;
    }

    /**
     * Limits the attempts in flight at each endpoint as {@link #maxInFlight} does, with a limit
     * that adapts to the latency of the endpoint.
     *
     * @param limits creates the limit of one endpoint, such as {@code () ->
     *     AdaptiveLimit.between(20, 5, 200)}
     */
    public Builder adaptiveLimit(Supplier<AdaptiveLimit> limits) {
      requireNonNull(limits, "limits");
      Supplier<@Nullable EndpointLimit> adaptive =
          () -> EndpointLimit.adaptive(requireNonNull(limits.get(), "limit"));
      limit = Arguments.once("adaptiveLimit", limit, adaptive);
      return this;
    }

    /**
     * Lets a request wait for its first endpoint if none is available, because all are full or
     * drained, the group has none, or the panic mode rejects requests. By default it fails
     * immediately, and so do retries and hedges in any case.
     *
     * <p>Requests are served in order of arrival, and a new request does not overtake those that
     * wait. {@link FailoverGroup#execute} blocks its thread, which may be interrupted; {@link
     * FailoverGroup#executeAsync} blocks none. {@link FailoverGroup#select} and {@link Attempts} do
     * not wait.
     *
     * @param timeout the maximum wait, checked every 20 ms; more than zero and at most a day; it
     *     also ends with the deadline of the request
     * @param maxWaiting the maximum number of requests that wait, 1 to 1,000,000; others fail
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder queue(Duration timeout, int maxWaiting) {
      Duration checked = Arguments.positive("timeout", timeout, MAX_TIME);
      int checkedMax = Arguments.range("maxWaiting", maxWaiting, 1, 1_000_000);
      queue = Arguments.once("queue", queue, new EndpointQueue.Bounds(checked, checkedMax));
      return this;
    }

    /**
     * Adds a circuit breaker with these settings to each endpoint, named after the endpoint and
     * with the group's ticker. Default: none; {@link #maxFails} ejects endpoints independently of
     * it.
     */
    public Builder breaker(CircuitBreakerBuilder settings) {
      breaker = Arguments.once("breaker", breaker, settings.factory());
      return this;
    }

    /**
     * Drains the connections of an endpoint, as {@link FailoverGroup#rebalanceConnections} does,
     * when the health signal reports it as unhealthy or draining; if it is reported as healthy
     * again before all have closed, the rest stay. Default: connections stay until a caller drains
     * them.
     */
    public Builder drainOnUnhealthy(Draining pace) {
      drainOnUnhealthy = Arguments.once("drainOnUnhealthy", drainOnUnhealthy, pace);
      return this;
    }

    /**
     * Sets the sampling rate of leak detection: one lease in N, 1 to 1,000,000. A sampled lease
     * that leaks is counted and ended. Default: 1024.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder leakDetectionSampling(int oneIn) {
      int checked = Arguments.range("oneIn", oneIn, 1, 1_000_000);
      leakDetectionSampling =
          Arguments.once("leakDetectionSampling", leakDetectionSampling, checked);
      return this;
    }

    /**
     * Adjusts the weights of the endpoints of a line so that the load that they report becomes
     * equal, by a factor of 0.1 to 10. Reports are made by {@link Lease#reportLoad} or {@link
     * FailoverGroup#reportLoad}; an endpoint without a recent report returns to its own weight. Has
     * no effect on a consistent hash, whose mapping would change. Default: reports are ignored.
     *
     * @param staleAfter the time for which a report applies, a second to an hour
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder balanceLoad(Duration staleAfter) {
      Duration checked =
          Arguments.range("staleAfter", staleAfter, Duration.ofSeconds(1), Duration.ofHours(1));
      balanceLoad = Arguments.once("balanceLoad", balanceLoad, checked);
      return this;
    }

    /** Builds the policy. */
    public EndpointPolicy build() {
      return new EndpointPolicy(
          new EndpointSettings(
              maxFails == null ? 3 : maxFails,
              (ejectFor == null ? Duration.ofSeconds(10) : ejectFor).toNanos(),
              slowStart == null ? 0 : slowStart.toNanos(),
              limit == null ? () -> null : limit,
              queue,
              breaker,
              drainOnUnhealthy,
              leakDetectionSampling == null ? 1024 : leakDetectionSampling,
              balanceLoad == null ? 0 : balanceLoad.toNanos()));
    }
  }
}
