// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.OutcomeReport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a {@link FailoverGroup}. Each is set at most once; setting it again, or
 * two that exclude each other, throws {@link IllegalStateException}. Not thread-safe.
 *
 * @param <T> the payload, which contains the data needed to reach an endpoint
 */
public final class FailoverGroupBuilder<T> {
  private final String name;
  private final @Nullable Topology<T> topology;
  private final List<Line<T>> lines = new ArrayList<>();
  private @Nullable Balancer balancer;
  private @Nullable LinePolicy linePolicy;
  private @Nullable EndpointPolicy endpointPolicy;
  private @Nullable RetryPolicy retry;
  private @Nullable Stickiness sticky;
  private @Nullable HealthSignal health;
  private @Nullable OutcomeReport report;
  private @Nullable FailoverListener listener;
  private @Nullable Ticker ticker;
  private @Nullable ScheduledExecutorService scheduler;
  private @Nullable Long seed;

  FailoverGroupBuilder(String name, @Nullable Topology<T> topology) {
    this.name = requireNonNull(name, "name");
    this.topology = topology;
  }

  /**
   * Adds a line.
   *
   * @throws IllegalStateException if the builder was created with a topology
   */
  public FailoverGroupBuilder<T> line(Line<T> line) {
    Arguments.excludes("line", "topology", topology);
    lines.add(requireNonNull(line, "line"));
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

  /** Sets the rules for lines. Default: {@link LinePolicy#defaults}. */
  public FailoverGroupBuilder<T> lines(LinePolicy policy) {
    linePolicy = Arguments.once("lines", linePolicy, policy);
    return this;
  }

  /** Sets the rules for each endpoint. Default: {@link EndpointPolicy#defaults}. */
  public FailoverGroupBuilder<T> endpoints(EndpointPolicy policy) {
    endpointPolicy = Arguments.once("endpoints", endpointPolicy, policy);
    return this;
  }

  /** Sets the rules for retries. Default: {@link RetryPolicy#defaults}. */
  public FailoverGroupBuilder<T> retry(RetryPolicy policy) {
    retry = Arguments.once("retry", retry, policy);
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

  /** Sets the source of time. Default: {@link Ticker#system()}. */
  public FailoverGroupBuilder<T> ticker(Ticker ticker) {
    this.ticker = Arguments.once("ticker", this.ticker, ticker);
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
   * Sets the seed of all random choices, for tests: two groups with the same seed that are used
   * identically by a single thread make the same choices. Threads still differ from each other.
   * Default: random.
   */
  public FailoverGroupBuilder<T> seed(long seed) {
    this.seed = Arguments.once("seed", this.seed, seed);
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
        balancer == null ? Balancer.smoothWeighted() : balancer,
        (linePolicy == null ? LinePolicy.defaults() : linePolicy).settings(),
        (endpointPolicy == null ? EndpointPolicy.defaults() : endpointPolicy).settings(),
        retry == null ? RetryPolicy.defaults() : retry,
        sticky,
        health == null ? HealthSignal.unknown() : health,
        report == null ? OutcomeReport.none() : report,
        listener == null ? new FailoverListener() {} : listener,
        ticker == null ? Ticker.system() : ticker,
        scheduler,
        seed == null ? ThreadLocalRandom.current().nextLong() : seed);
  }
}
