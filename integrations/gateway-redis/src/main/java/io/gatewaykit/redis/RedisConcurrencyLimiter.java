// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.ratelimit.ConcurrencyLimiter;
import io.gatewaykit.ratelimit.ConcurrencyPermit;
import io.gatewaykit.ratelimit.PermitSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Limits the number of concurrent requests per key across all nodes that use the same Redis.
 * Equivalent to {@link ConcurrencyLimiter} in one process: up to {@code max} requests run
 * concurrently, {@code burst} more are delayed, and requests beyond that are rejected.
 *
 * <p>Thread-safe; never blocks. A permit that is never released, because its node died, is
 * reclaimed after {@link Builder#maxHold} on the server's clock. Delays are multiples of the
 * latency measured on this node.
 *
 * @param <K> the type of the keys: strings, numbers, addresses or UUIDs, or any type with {@link
 *     Builder#keyText} set
 */
public final class RedisConcurrencyLimiter<K> implements PermitSource<K> {
  private static final Script SCRIPT = Script.load(Script.SERVER_CLOCK, "concurrency.lua");
  private static final Script TEST_SCRIPT = Script.load(Script.CALLERS_CLOCK, "concurrency.lua");

  private final RedisStore store;
  private final Function<K, String> names;
  private final int nodes;
  private final long maxHoldMicros;
  private final AtomicLong usualNanos;
  private final FailurePolicy failurePolicy;
  private final ConcurrencyLimiter<String> local;
  private final Ticker ticker = Ticker.system();
  private final @Nullable Ticker scriptClock;
  private final LongAdder reclaimed = new LongAdder();
  private final LongAdder fallbacks = new LongAdder();
  private volatile Bounds bounds;

  private record Bounds(int max, int burst) {
    /** Returns the share of one node; at least one permit. */
    Bounds share(int nodes) {
      return new Bounds(Math.max(1, max / nodes), burst / nodes);
    }
  }

  private record Settings(
      LimiterSettings common, int max, int burst, Duration usualLatency, Duration maxHold) {}

  private RedisConcurrencyLimiter(Function<K, String> names, Settings settings) {
    this.names = names;
    LimiterSettings common = settings.common;
    store = common.store();
    nodes = common.nodes();
    bounds = new Bounds(settings.max, settings.burst);
    Bounds share = bounds.share(nodes);
    maxHoldMicros = Math.max(1, settings.maxHold.toNanos() / 1000);
    usualNanos = new AtomicLong(settings.usualLatency.toNanos());
    failurePolicy = common.failurePolicy();
    scriptClock = common.scriptClock();
    local =
        ConcurrencyLimiter.<String>builder()
            .max(share.max)
            .burst(share.burst)
            .usualLatency(settings.usualLatency)
            .maxHold(settings.maxHold)
            .build();
  }

  /**
   * Returns a builder; {@link Builder#max} is required.
   *
   * @param name the name of the limiter, in printable ASCII without colons; keys in Redis start
   *     with it and a colon
   */
  public static <K> Builder<K> builder(RedisStore store, String name) {
    return new Builder<>(store, name);
  }

  /** Requests a permit. Completes within the store's deadline. */
  @Override
  public CompletableFuture<Optional<ConcurrencyPermit>> tryAcquireAsync(K key) {
    String name = names.apply(key);
    var permit = new Permit(name);
    Bounds now = bounds;
    var answer = new CompletableFuture<Optional<ConcurrencyPermit>>();
    run(
        name,
        reply -> {
          permit.position = (int) longOf(reply, 0);
          reclaimed.add(longOf(reply, 1));
          permit.delay =
              Duration.ofNanos(usualNanos.get()).multipliedBy((permit.position - 1) / now.max);
          answer.complete(permit.position == 0 ? Optional.empty() : Optional.of(permit));
        },
        failure -> {
          if (failure.cause() == StoreFailure.Cause.TIMEOUT) {
            permit.releaseInRedis(); // may have been granted despite the timeout
          }
          answer.complete(fallback(permit));
        },
        "A",
        permit.id,
        Integer.toString(now.max + now.burst),
        Long.toString(maxHoldMicros));
    return answer;
  }

  private Optional<ConcurrencyPermit> fallback(Permit permit) {
    fallbacks.increment();
    return switch (failurePolicy) {
      case LOCAL ->
          local
              .tryAcquire(permit.key)
              .map(share -> {
                permit.share = share;
                permit.position = share.position();
                permit.delay = share.delay();
                return permit;
              });
      case OPEN -> {
        permit.position = 1;
        permit.free = true;
        yield Optional.of(permit);
      }
      case CLOSED -> Optional.empty();
    };
  }

  /** Completes with the number of permits held by the key; -1 if Redis is unavailable. */
  public CompletableFuture<Integer> inUse(K key) {
    var answer = new CompletableFuture<Integer>();
    run(
        names.apply(key),
        reply -> {
          reclaimed.add(longOf(reply, 1));
          answer.complete((int) longOf(reply, 0));
        },
        failure -> answer.complete(-1),
        "P");
    return answer;
  }

  private static long longOf(List<Object> reply, int at) {
    return (Long) reply.get(at);
  }

  private interface Reply {
    void on(List<Object> reply);
  }

  private interface Failure {
    void on(StoreFailure failure);
  }

  private void run(String name, Reply onReply, Failure onFailure, String... args) {
    var arguments = new ArrayList<>(List.of(args));
    if (scriptClock != null) {
      BucketSender.addTime(arguments, scriptClock.read());
    }
    store.executor.run(
        new ScriptCall(
            scriptClock == null ? SCRIPT : TEST_SCRIPT, name, arguments.toArray(String[]::new)) {
          @Override
          void onReply(List<Object> reply) {
            onReply.on(reply);
          }

          @Override
          void onFailure(StoreFailure failure) {
            onFailure.on(failure);
          }
        });
  }

  /**
   * Changes the bounds of this node, and its share of them while Redis is unavailable. Does not
   * write: if nodes have different bounds, each applies its own to the common count. Permits beyond
   * the new bounds stay valid, and none is granted until enough of them are released.
   *
   * @throws IllegalArgumentException if one is out of range; the old bounds are kept
   */
  public synchronized void reconfigure(int max, int burst) {
    var next =
        new Bounds(
            Arguments.range("max", max, 1, Builder.MAX_PERMITS),
            Arguments.range("burst", burst, 0, Builder.MAX_PERMITS));
    Bounds share = next.share(nodes);
    local.reconfigure(share.max, share.burst);
    bounds = next;
  }

  /** Returns the maximum number of requests that this node serves concurrently without delay. */
  public int max() {
    return bounds.max;
  }

  /** Returns the latency measured on this node, on which delays are based. */
  @Override
  public Duration usualLatency() {
    return Duration.ofNanos(usualNanos.get());
  }

  /** Returns the number of permits reclaimed because they were held too long. */
  public long reclaimed() {
    return reclaimed.sum();
  }

  /** Returns the number of decisions made by the failure policy. */
  public long fallbacks() {
    return fallbacks.sum();
  }

  private final class Permit implements ConcurrencyPermit {
    private final String key;
    private final String id = UUID.randomUUID().toString();
    private final long since = ticker.read();
    private final AtomicBoolean released = new AtomicBoolean();
    private int position;
    private Duration delay = Duration.ZERO;
    private @Nullable ConcurrencyPermit share;
    private boolean free;

    private Permit(String key) {
      this.key = key;
    }

    @Override
    public Duration delay() {
      return delay;
    }

    @Override
    public int position() {
      return position;
    }

    @Override
    public void close() {
      boolean ignored = releaseOnce();
    }

    @Override
    public boolean release(Duration latency) {
      long nanos = Math.min(Arguments.nanos("latency", latency), Builder.MAX_HOLD.toNanos());
      boolean first = releaseOnce();
      if (first) {
        usualNanos.updateAndGet(usual -> (usual >> 1) + (nanos >> 1) + (usual & nanos & 1));
      }
      return first;
    }

    @Override
    public boolean drop() {
      return releaseOnce(); // the bounds do not adapt
    }

    private boolean releaseOnce() {
      if (!released.compareAndSet(false, true)) {
        return false;
      }
      if (share != null) {
        share.close();
      } else if (!free) {
        releaseInRedis();
      }
      return true;
    }

    private void releaseInRedis() {
      // If this call is lost, the permit is reclaimed after maxHold.
      run(key, reply -> {}, failure -> {}, "R", id);
    }

    /** Returns the time since the permit was requested. */
    @Override
    public Duration age() {
      return Duration.ofNanos(Math.max(0, ticker.read() - since));
    }
  }

  /**
   * Collects the settings of a {@link RedisConcurrencyLimiter}. Not thread-safe.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> extends RedisLimiterBuilder<K, Builder<K>> {
    private static final int MAX_PERMITS = 1_000_000;
    private static final Duration MAX_HOLD = Duration.ofDays(1);

    private @Nullable Integer max;
    private @Nullable Integer burst;
    private @Nullable Duration usualLatency;
    private @Nullable Duration maxHold;

    private Builder(RedisStore store, String name) {
      super(store, name);
    }

    @Override
    Builder<K> self() {
      return this;
    }

    /** Sets the number of requests served concurrently without delay, 1 to 1,000,000. Required. */
    public Builder<K> max(int max) {
      this.max = Arguments.once("max", this.max, Arguments.range("max", max, 1, MAX_PERMITS));
      return this;
    }

    /** Sets the number of further requests served after a delay, 0 to 1,000,000. Default: 0. */
    public Builder<K> burst(int burst) {
      Arguments.range("burst", burst, 0, MAX_PERMITS);
      this.burst = Arguments.once("burst", this.burst, burst);
      return this;
    }

    /** Sets the initial latency estimate, used until this node has measured it. Default: 100 ms. */
    public Builder<K> usualLatency(Duration latency) {
      long nanos = Arguments.nanos("latency", latency);
      Duration bounded = Duration.ofNanos(Math.min(nanos, MAX_HOLD.toNanos()));
      this.usualLatency = Arguments.once("usualLatency", usualLatency, bounded);
      return this;
    }

    /**
     * Sets the time after which an unreleased permit is reclaimed, above zero, at most one day.
     * Default: five minutes.
     */
    public Builder<K> maxHold(Duration maxHold) {
      Arguments.range("maxHold", Arguments.nanos("maxHold", maxHold), 1, MAX_HOLD.toNanos());
      this.maxHold = Arguments.once("maxHold", this.maxHold, maxHold);
      return this;
    }

    /**
     * Builds the limiter.
     *
     * @throws IllegalArgumentException if max was not set
     */
    public RedisConcurrencyLimiter<K> build() {
      int set = Arguments.range("max", max == null ? 0 : max, 1, MAX_PERMITS);
      return new RedisConcurrencyLimiter<>(
          names(),
          new Settings(
              common(),
              set,
              burst == null ? 0 : burst,
              usualLatency == null ? Duration.ofMillis(100) : usualLatency,
              maxHold == null ? Duration.ofMinutes(5) : maxHold));
    }
  }
}
