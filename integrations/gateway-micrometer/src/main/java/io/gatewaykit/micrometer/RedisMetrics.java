// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.redis.RedisLimiterSnapshot;
import io.gatewaykit.redis.RedisStore;
import io.gatewaykit.redis.RedisStoreSnapshot;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Meters of limits in Redis. For each bound store, tagged with {@code store}: {@code
 * gateway.redis.available} (1 or 0), {@code gateway.redis.inflight}, {@code gateway.redis.calls},
 * {@code gateway.redis.failures} by {@code cause} ({@code timeout}, {@code disconnection}, {@code
 * error}, {@code skipped}) and {@code gateway.redis.outages}. For each limiter: {@code
 * gateway.redis.decisions} by {@code limiter} and {@code by}, the source of the decision ({@code
 * redis}, {@code lease}, {@code memory}, {@code fallback}). Thread-safe.
 */
public final class RedisMetrics implements AutoCloseable {
  private final NodeMeters meters;

  /** Creates an instance that registers its meters in the given registry. */
  public RedisMetrics(MeterRegistry registry) {
    meters = new NodeMeters(requireNonNull(registry, "registry"));
  }

  /**
   * Registers the meters of a store. No effect if a store of this name is already bound.
   *
   * @param name the value of the tag {@code store}
   */
  public void bind(String name, RedisStore store) {
    meters.add("store " + name, group -> register(Tags.of("store", name), store, group));
  }

  /**
   * Registers the meters of a limiter's decisions. No effect if a limiter of this name is already
   * bound.
   *
   * @param limiter supplies the limiter's snapshot, such as {@code bucket::snapshot}
   */
  public void limiter(String name, Supplier<RedisLimiterSnapshot> limiter) {
    meters.add(
        "limiter " + name,
        group -> {
          Tags tags = Tags.of("limiter", name);
          decisions(group, tags.and("by", "redis"), limiter, RedisLimiterSnapshot::remote);
          decisions(group, tags.and("by", "lease"), limiter, RedisLimiterSnapshot::leased);
          decisions(group, tags.and("by", "memory"), limiter, RedisLimiterSnapshot::denied);
          decisions(group, tags.and("by", "fallback"), limiter, RedisLimiterSnapshot::fallback);
          group.count(
              "gateway.redis.lost.settlements",
              "Refunds, charges and resets that Redis did not accept",
              tags,
              () -> limiter.get().lostSettlements());
        });
  }

  private static void decisions(
      MeterGroup group,
      Tags tags,
      Supplier<RedisLimiterSnapshot> limiter,
      ToLongFunction<RedisLimiterSnapshot> value) {
    group.count(
        "gateway.redis.decisions",
        "Decisions by source",
        tags,
        () -> value.applyAsLong(limiter.get()));
  }

  private static void register(Tags tags, RedisStore store, MeterGroup group) {
    group.gauge(
        "gateway.redis.available",
        "1 while decisions are made by Redis",
        tags,
        () -> store.snapshot().available() ? 1 : 0);
    group.gauge(
        "gateway.redis.inflight", "Calls in flight", tags, () -> store.snapshot().inFlight());
    count(group, "gateway.redis.calls", "Calls to Redis", tags, store, RedisStoreSnapshot::calls);
    count(
        group,
        "gateway.redis.outages",
        "Outages, each of which opens a circuit breaker",
        tags,
        store,
        RedisStoreSnapshot::outages);
    failures(group, "timeout", tags, store, RedisStoreSnapshot::timeouts);
    failures(group, "disconnection", tags, store, RedisStoreSnapshot::disconnections);
    failures(group, "error", tags, store, RedisStoreSnapshot::errors);
    failures(group, "skipped", tags, store, RedisStoreSnapshot::skipped);
  }

  private static void failures(
      MeterGroup group,
      String cause,
      Tags tags,
      RedisStore store,
      ToDoubleFunction<RedisStoreSnapshot> value) {
    count(
        group,
        "gateway.redis.failures",
        "Failed or skipped calls to Redis",
        tags.and("cause", cause),
        store,
        value);
  }

  private static void count(
      MeterGroup group,
      String name,
      String description,
      Tags tags,
      RedisStore store,
      ToDoubleFunction<RedisStoreSnapshot> value) {
    group.count(name, description, tags, () -> value.applyAsDouble(store.snapshot()));
  }

  /** Removes the meters. */
  @Override
  public void close() {
    meters.retain(Set.of());
  }
}
