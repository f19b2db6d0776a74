// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.RateLimitListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/**
 * Counts the decisions of a limiter, {@code gateway.ratelimit.requests} by {@code limiter} and
 * {@code outcome} ({@code allowed}, {@code delayed}, {@code rejected}), and times the delays it
 * imposes, {@code gateway.ratelimit.delay}. Pass it to {@code MonitoredLimiter.of}. Keys are never
 * used in tags. Thread-safe. Does not allocate per decision.
 */
public final class RateLimitMetrics implements RateLimitListener<Object>, AutoCloseable {
  private final Tags tags;
  private final MeterGroup meters;
  private final Counter allowed;
  private final Counter delayed;
  private final Counter rejected;
  private final Timer delays;

  /** Registers the meters of the named limiter. */
  public RateLimitMetrics(MeterRegistry registry, String limiter) {
    this(registry, limiter, "");
  }

  private RateLimitMetrics(MeterRegistry registry, String limiter, String would) {
    tags = Tags.of("limiter", limiter);
    meters = new MeterGroup(requireNonNull(registry, "registry"));
    allowed = outcome("allowed");
    delayed = outcome(would.isEmpty() ? "delayed" : would + "delay");
    rejected = outcome(would.isEmpty() ? "rejected" : would + "reject");
    delays =
        meters.timer("gateway.ratelimit.delay", "Delays imposed on requests by the limiter", tags);
  }

  /**
   * Registers the meters of a limiter in shadow mode; pass it to {@code MonitoredLimiter.shadow}.
   * The outcomes are {@code allowed}, {@code would_delay} and {@code would_reject}, and the delays
   * are those that would have been imposed.
   */
  public static RateLimitMetrics shadow(MeterRegistry registry, String limiter) {
    return new RateLimitMetrics(registry, limiter, "would_");
  }

  private Counter outcome(String outcome) {
    return meters.counter(
        "gateway.ratelimit.requests",
        "Requests by decision of the limiter",
        tags.and("outcome", outcome));
  }

  /**
   * Registers meters of the limiter's table: {@code gateway.ratelimit.keys}, the keys whose buckets
   * have not drained; {@code gateway.ratelimit.overflows}, the decisions made by the overflow
   * policy; and {@code gateway.ratelimit.evicted}, the permits owed by evicted keys. Each
   * collection scans the entire table.
   *
   * @return this
   */
  public RateLimitMetrics bind(KeyedLeakyBucket<?> limiter) {
    requireNonNull(limiter, "limiter");
    meters.gauge(
        "gateway.ratelimit.keys", "Keys whose buckets have not drained", tags, limiter::liveKeys);
    meters.count(
        "gateway.ratelimit.overflows",
        "Decisions by the overflow policy because the table was full",
        tags,
        limiter::overflows);
    meters.count(
        "gateway.ratelimit.evicted", "Permits owed by evicted keys", tags, limiter::evictedPermits);
    return this;
  }

  @Override
  public void onAdmitted(Object key, long cost, long delayNanos) {
    if (delayNanos > 0) {
      delayed.increment();
      delays.record(delayNanos, TimeUnit.NANOSECONDS);
    } else {
      allowed.increment();
    }
  }

  @Override
  public void onRejected(Object key, long cost, long retryNanos) {
    rejected.increment();
  }

  /** Removes the meters. */
  @Override
  public void close() {
    meters.close();
  }
}
