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
 * Shows whether limits in Redis are decided there. Of the store that is bound, {@code
 * gateway.redis.available} (1 or 0), {@code gateway.redis.inflight}, {@code gateway.redis.calls},
 * {@code gateway.redis.failures} by {@code cause} ({@code timeout}, {@code disconnection}, {@code
 * error}, {@code not_asked}) and {@code gateway.redis.outages}, all by {@code store}; of each
 * limiter {@code gateway.redis.decisions} by {@code limiter} and {@code by} ({@code redis}, {@code
 * lease}, {@code memory}, {@code fallback}). Thread-safe.
 */
public final class RedisMetrics implements AutoCloseable {
  private final NodeMeters meters;

  /** Will register meters in the registry. */
  public RedisMetrics(MeterRegistry registry) {
    meters = new NodeMeters(requireNonNull(registry, "registry"));
  }

  /** Shows a store; the name is for people. Does nothing if one of that name is shown. */
  public void bind(String name, RedisStore store) {
    meters.add("store " + name, group -> register(Tags.of("store", name), store, group));
  }

  /**
   * Shows who takes a limiter's decisions. Does nothing if one of that name is shown.
   *
   * @param limiter the limiter's snapshot, such as {@code bucket::snapshot}
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
        });
  }

  private static void decisions(
      MeterGroup group,
      Tags tags,
      Supplier<RedisLimiterSnapshot> limiter,
      ToLongFunction<RedisLimiterSnapshot> value) {
    group.count(
        "gateway.redis.decisions",
        "Decisions by who took them",
        tags,
        () -> value.applyAsLong(limiter.get()));
  }

  private static void register(Tags tags, RedisStore store, MeterGroup group) {
    group.gauge(
        "gateway.redis.available",
        "1 while Redis is asked",
        tags,
        () -> store.snapshot().available() ? 1 : 0);
    group.gauge(
        "gateway.redis.inflight", "Calls under way", tags, () -> store.snapshot().inFlight());
    count(group, "gateway.redis.calls", "Calls made", tags, store, RedisStoreSnapshot::calls);
    count(
        group,
        "gateway.redis.outages",
        "How often a breaker opened",
        tags,
        store,
        RedisStoreSnapshot::outages);
    failures(group, "timeout", tags, store, RedisStoreSnapshot::timeouts);
    failures(group, "disconnection", tags, store, RedisStoreSnapshot::disconnections);
    failures(group, "error", tags, store, RedisStoreSnapshot::errors);
    failures(group, "not_asked", tags, store, RedisStoreSnapshot::notAsked);
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
        "Decisions not got from Redis",
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
