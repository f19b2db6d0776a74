package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.ConcurrencyLimiter;
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
 * Limits how many requests of a key are being served at once by all nodes that use the same Redis,
 * as {@link ConcurrencyLimiter} does in one process: up to {@code max} go on at once, {@code burst}
 * more are delayed, beyond that requests are refused.
 *
 * <p>Thread-safe; never blocks. A permit that is never released, because its node died, is taken
 * back after {@link Builder#maxHold}, by the server's clock. Delays are multiples of the latency
 * that this node has seen.
 *
 * @param <K> what tells one caller from another: a string, number, address or UUID, or any type
 *     with a {@link Builder#keyText} of its own
 */
public final class RedisConcurrencyLimiter<K> {
  private static final Script SCRIPT = Script.load(Script.SERVER_CLOCK, "concurrency.lua");
  private static final Script TEST_SCRIPT = Script.load(Script.CALLERS_CLOCK, "concurrency.lua");

  private final RedisStore store;
  private final Function<K, String> names;
  private final int max;
  private final int burst;
  private final long maxHoldMicros;
  private final AtomicLong usualNanos;
  private final FailurePolicy failurePolicy;
  private final ConcurrencyLimiter<String> local;
  private final Ticker ticker = Ticker.system();
  private final @Nullable Ticker scriptClock;
  private final LongAdder reclaimed = new LongAdder();
  private final LongAdder fallbacks = new LongAdder();

  private RedisConcurrencyLimiter(Builder<K> builder) {
    store = builder.store;
    names = new KeyNames<>(builder.name, builder.keyText);
    max = builder.max;
    burst = builder.burst;
    maxHoldMicros = Math.max(1, builder.maxHold.toNanos() / 1000);
    usualNanos = new AtomicLong(builder.usualLatency.toNanos());
    failurePolicy = builder.failurePolicy;
    scriptClock = builder.scriptClock;
    local =
        ConcurrencyLimiter.<String>builder()
            .max(Math.max(1, max / builder.nodes))
            .burst(burst / builder.nodes)
            .usualLatency(builder.usualLatency)
            .maxHold(builder.maxHold)
            .build();
  }

  /**
   * Returns a builder; {@link Builder#max} is required.
   *
   * @param name of the limiter, in printable ASCII: keys in Redis begin with it and a colon
   */
  public static <K> Builder<K> builder(RedisStore store, String name) {
    return new Builder<>(requireNonNull(store, "store"), KeyNames.checked(name));
  }

  /**
   * Takes a permit, if there is one; it is to be released when the request is over. Completes
   * within the store's deadline; whoever no longer wants the answer must still release the permit.
   */
  public CompletableFuture<Optional<Permit>> tryAcquire(K key) {
    String name = names.apply(key);
    var permit = new Permit(name);
    var answer = new CompletableFuture<Optional<Permit>>();
    run(
        name,
        reply -> {
          permit.position = (int) longOf(reply, 0);
          reclaimed.add(longOf(reply, 1));
          permit.delay =
              Duration.ofNanos(usualNanos.get()).multipliedBy((permit.position - 1) / max);
          answer.complete(permit.position == 0 ? Optional.empty() : Optional.of(permit));
        },
        failure -> {
          if (failure.cause() == StoreFailure.Cause.TIMEOUT) {
            permit.giveBackToRedis(); // it may have been given, and its giver is not heard any more
          }
          answer.complete(fallback(permit));
        },
        "A",
        permit.id,
        Integer.toString(max + burst),
        Long.toString(maxHoldMicros));
    return answer;
  }

  private Optional<Permit> fallback(Permit permit) {
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

  /** Returns how many permits the key holds; -1 if Redis does not tell. */
  public CompletableFuture<Integer> inUse(K key) {
    var answer = new CompletableFuture<Integer>();
    run(
        names.apply(key),
        reply -> answer.complete((int) longOf(reply, 0)),
        failure -> answer.complete(-1),
        "P");
    return answer;
  }

  private static long longOf(List<Object> reply, int at) {
    return (Long) reply.get(at);
  }

  private interface Reply {
    void heard(List<Object> reply);
  }

  private interface Failure {
    void heard(StoreFailure failure);
  }

  private void run(String name, Reply onReply, Failure onFailure, String... args) {
    var arguments = new ArrayList<>(List.of(args));
    if (scriptClock != null) {
      BucketCalls.addTime(arguments, scriptClock.read());
    }
    store.runner.run(
        new Call(
            scriptClock == null ? SCRIPT : TEST_SCRIPT, name, arguments.toArray(String[]::new)) {
          @Override
          void onReply(List<Object> reply) {
            onReply.heard(reply);
          }

          @Override
          void onFailure(StoreFailure failure) {
            onFailure.heard(failure);
          }
        });
  }

  /** Returns the usual latency that this node has seen, on which delays are based. */
  public Duration usualLatency() {
    return Duration.ofNanos(usualNanos.get());
  }

  /** Returns how many permits were found to have been held for too long, and taken back. */
  public long reclaimed() {
    return reclaimed.sum();
  }

  /** Returns how many decisions were taken by the failure policy. */
  public long fallbacks() {
    return fallbacks.sum();
  }

  /** The right to be served. Thread-safe. */
  public final class Permit implements AutoCloseable {
    private final String key;
    private final String id = UUID.randomUUID().toString();
    private final long since = ticker.read();
    private final AtomicBoolean released = new AtomicBoolean();
    private int position;
    private Duration delay = Duration.ZERO;
    private ConcurrencyLimiter<String>.@Nullable Permit share;
    private boolean free;

    private Permit(String key) {
      this.key = key;
    }

    /** Returns how long to wait before going on. */
    public Duration delay() {
      return delay;
    }

    /** Returns how many permits the key held, this one included, when it was given. */
    public int position() {
      return position;
    }

    /** Gives the permit back; later calls do nothing. Does not wait for Redis. */
    @Override
    public void close() {
      var unused = giveBack();
    }

    /**
     * Gives the permit back, and teaches the limiter how long the request took, its delay not
     * included.
     *
     * @return whether this was the call that gave it back
     * @throws IllegalArgumentException if the latency is negative
     */
    public boolean release(Duration latency) {
      long nanos = Math.min(Arguments.nanos("latency", latency), Builder.LONGEST.toNanos());
      boolean first = giveBack();
      if (first) {
        usualNanos.updateAndGet(usual -> (usual >> 1) + (nanos >> 1) + (usual & nanos & 1));
      }
      return first;
    }

    private boolean giveBack() {
      if (!released.compareAndSet(false, true)) {
        return false;
      }
      if (share != null) {
        share.close();
      } else if (!free) {
        giveBackToRedis();
      }
      return true;
    }

    private void giveBackToRedis() {
      // If this is lost, the permit is taken back after maxHold.
      run(key, reply -> {}, failure -> {}, "R", id);
    }

    /** Returns how long ago the permit was asked for. */
    Duration age() {
      return Duration.ofNanos(Math.max(0, ticker.read() - since));
    }
  }

  /**
   * Collects the settings of a {@link RedisConcurrencyLimiter}. Not thread-safe.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> {
    private static final int MOST = 1_000_000;
    private static final Duration LONGEST = Duration.ofDays(1);

    private final RedisStore store;
    private final String name;
    private int max;
    private int burst;
    private Duration usualLatency = Duration.ofMillis(100);
    private Duration maxHold = Duration.ofMinutes(5);
    private Function<? super K, String> keyText = KeyNames::textOf;
    private FailurePolicy failurePolicy = FailurePolicy.LOCAL;
    private int nodes = 1;
    private @Nullable Ticker scriptClock;

    private Builder(RedisStore store, String name) {
      this.store = store;
      this.name = name;
    }

    /** Sets how many requests are served at once without delay, 1 to 1,000,000. Required. */
    public Builder<K> max(int max) {
      this.max = (int) Arguments.range("max", max, MOST);
      return this;
    }

    /** Sets how many more are served after a delay, 0 to 1,000,000. Default: 0. */
    public Builder<K> burst(int burst) {
      if (burst < 0 || burst > MOST) {
        throw new IllegalArgumentException("burst: " + burst + " (expected: 0.." + MOST + ")");
      }
      this.burst = burst;
      return this;
    }

    /** Sets how long a request takes, until this node has learnt it. Default: 100 ms. */
    public Builder<K> usualLatency(Duration latency) {
      long nanos = Arguments.nanos("latency", latency);
      this.usualLatency = Duration.ofNanos(Math.min(nanos, LONGEST.toNanos()));
      return this;
    }

    /**
     * Sets after which time a permit that was not released is taken back, more than zero, up to a
     * day. Default: five minutes.
     */
    public Builder<K> maxHold(Duration maxHold) {
      Arguments.range("maxHold", Arguments.nanos("maxHold", maxHold), LONGEST.toNanos());
      this.maxHold = maxHold;
      return this;
    }

    /** Sets how to write a key: unlike for unlike keys. See {@link RedisLeakyBucket.Builder}. */
    public Builder<K> keyText(Function<? super K, String> keyText) {
      this.keyText = requireNonNull(keyText, "keyText");
      return this;
    }

    /** Sets what decides while Redis does not. Default: {@link FailurePolicy#LOCAL}. */
    public Builder<K> failurePolicy(FailurePolicy policy) {
      this.failurePolicy = requireNonNull(policy, "policy");
      return this;
    }

    /**
     * Sets among how many nodes the bounds are shared while Redis does not serve, 1 to 10,000; each
     * has at least one permit. Default: 1.
     */
    public Builder<K> nodes(int nodes) {
      this.nodes = (int) Arguments.range("nodes", nodes, 10_000);
      return this;
    }

    /** Sets a source of time that takes the place of the server's. For tests. */
    Builder<K> scriptClock(Ticker scriptClock) {
      this.scriptClock = scriptClock;
      return this;
    }

    /**
     * Builds the limiter.
     *
     * @throws IllegalArgumentException if max was not set
     */
    public RedisConcurrencyLimiter<K> build() {
      Arguments.range("max", max, MOST);
      return new RedisConcurrencyLimiter<>(this);
    }
  }
}
