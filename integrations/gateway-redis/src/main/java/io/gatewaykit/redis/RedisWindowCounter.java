package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.CompositeLimiter;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Decision.Source;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.Reservation;
import io.gatewaykit.ratelimit.WindowCounter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Counts what happened in a window of time, for each of many keys, on all nodes that use the same
 * Redis: a quota such as 1000 a day. It answers as {@link WindowCounter} does, by the server's
 * clock. With several windows, a request is counted in all of them or in none.
 *
 * <p>A decision is one script on one key, one round trip, and exact. Thread-safe. The asynchronous
 * methods never hold a thread; the others wait for Redis, at most until the store's deadline, and
 * must not be called on an event loop.
 *
 * @param <K> what tells one caller from another: a string, number, address or UUID, or any type
 *     with a {@link Builder#keyText} of its own
 */
public final class RedisWindowCounter<K> implements RateLimiter<K> {
  private static final Script SCRIPT = Script.load(Script.SERVER_CLOCK, "window.lua");
  private static final Script TEST_SCRIPT = Script.load(Script.CALLERS_CLOCK, "window.lua");
  private static final Duration CLOSED_FOR = Duration.ofSeconds(1);

  private final RedisStore store;
  private final Function<K, String> names;
  private final List<Window> windows;
  private final FailurePolicy failurePolicy;
  private final WindowCounter<String> local;
  private final @Nullable Ticker scriptClock;
  private final LongAdder remote = new LongAdder();
  private final LongAdder fallbacks = new LongAdder();

  private record Window(Limit limit, boolean sliding) {
    String name() {
      return limit.permits() + "/" + limit.per();
    }
  }

  private RedisWindowCounter(Builder<K> builder) {
    store = builder.store;
    names = new KeyNames<>(builder.name, builder.keyText);
    windows = List.copyOf(builder.windows);
    failurePolicy = builder.failurePolicy;
    scriptClock = builder.scriptClock;
    WindowCounter.Builder<String> share =
        WindowCounter.<String>builder().maxKeys(builder.fallbackKeys);
    for (Window window : windows) {
      Limit part =
          Limit.of(Math.max(1, window.limit.permits() / builder.nodes), window.limit.per());
      if (window.sliding) {
        share.sliding(part);
      } else {
        share.fixed(part);
      }
    }
    local = share.build();
  }

  /**
   * Returns a builder; at least one window is required.
   *
   * @param name of the counter, in printable ASCII: keys in Redis begin with it and a colon
   */
  public static <K> Builder<K> builder(RedisStore store, String name) {
    return new Builder<>(requireNonNull(store, "store"), KeyNames.checked(name));
  }

  /** What the script said. */
  private record Counted(Decision decision, List<String> began) {}

  @Override
  public boolean isRemote() {
    return true;
  }

  @Override
  public boolean tryAcquire(K key) {
    return decide(key, 1) == 0;
  }

  @Override
  public long decide(K key, long cost) {
    return check(key, cost).answer();
  }

  @Override
  public Decision check(K key, long cost) {
    return checkAsync(key, cost).join();
  }

  @Override
  public Decision peek(K key, long cost) {
    return peekAsync(key, cost).join();
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    return reserveAsync(key, cost, maxDelay).join();
  }

  @Override
  public CompletableFuture<Decision> checkAsync(K key, long cost) {
    return reserveAsync(key, cost, Duration.ZERO).thenApply(Reservation::decision);
  }

  @Override
  public CompletableFuture<Decision> peekAsync(K key, long cost) {
    String name = names.apply(key);
    return ask("P", name, Arguments.cost(cost), List.of())
        .thenApply(counted -> counted == null ? fallbackPeek(name, cost) : counted.decision());
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(K key, long cost, Duration maxDelay) {
    String name = names.apply(key);
    Arguments.nanos("maxDelay", maxDelay); // never needed: an admitted request has no delay
    return ask("T", name, Arguments.cost(cost), List.of())
        .thenApply(counted -> counted == null ? fallback(name, cost) : taken(name, cost, counted));
  }

  private Reservation taken(String name, long cost, Counted counted) {
    remote.increment();
    if (!counted.decision().admitted()) {
      return Reservation.refused(counted.decision());
    }
    if (failurePolicy == FailurePolicy.LOCAL) {
      var unused = local.decide(name, cost); // so that an outage begins with what is used already
    }
    return Reservation.of(
        counted.decision(),
        actual -> {
          if (actual != cost) {
            var settled = ask("S", name, actual - cost, counted.began());
            settled.exceptionally(failure -> null);
          }
        });
  }

  /** Asks Redis; null if it does not decide. */
  private CompletableFuture<@Nullable Counted> ask(
      String mode, String name, long cost, List<String> began) {
    var arguments = new ArrayList<String>();
    arguments.add(mode);
    arguments.add(Long.toString(cost));
    for (int i = 0; i < windows.size(); i++) {
      Window window = windows.get(i);
      arguments.add(Long.toString(window.limit.permits()));
      arguments.add(Long.toString(window.limit.per().toNanos()));
      arguments.add(window.sliding ? "S" : "F");
      if (!began.isEmpty()) {
        arguments.addAll(began.subList(2 * i, 2 * i + 2));
      }
    }
    if (scriptClock != null) {
      BucketCalls.addTime(arguments, scriptClock.read());
    }
    var answer = new CompletableFuture<@Nullable Counted>();
    store.runner.run(
        new Call(
            scriptClock == null ? SCRIPT : TEST_SCRIPT, name, arguments.toArray(String[]::new)) {
          @Override
          void onReply(List<Object> reply) {
            answer.complete(counted(reply));
          }

          @Override
          void onFailure(StoreFailure failure) {
            answer.complete(null);
          }
        });
    return answer;
  }

  private Counted counted(List<Object> reply) {
    var parts = new LinkedHashMap<String, Decision>();
    var began = new ArrayList<String>();
    for (int i = 0; i < windows.size(); i++) {
      long wait = (Long) reply.get(5 * i);
      long remaining = (Long) reply.get(5 * i + 1);
      long reset = (Long) reply.get(5 * i + 2);
      parts.put(
          windows.get(i).name(),
          Decision.of(
              wait < 0 ? IMPOSSIBLE : -wait,
              reset,
              remaining,
              windows.get(i).limit,
              Source.REMOTE));
      began.add(reply.get(5 * i + 3).toString());
      began.add(reply.get(5 * i + 4).toString());
    }
    Decision all =
        parts.size() == 1 ? parts.values().iterator().next() : CompositeLimiter.combine(parts);
    return new Counted(all, began);
  }

  private Reservation fallback(String name, long cost) {
    fallbacks.increment();
    return switch (failurePolicy) {
      case LOCAL -> {
        Reservation share = local.reserve(name, cost, Duration.ZERO);
        Decision decision = marked(share.decision());
        yield share.admitted()
            ? Reservation.of(decision, share::settle)
            : Reservation.refused(decision);
      }
      case OPEN -> Reservation.of(open(), actual -> {});
      case CLOSED -> Reservation.refused(closed());
    };
  }

  private Decision fallbackPeek(String name, long cost) {
    fallbacks.increment();
    return switch (failurePolicy) {
      case LOCAL -> marked(local.peek(name, cost));
      case OPEN -> open();
      case CLOSED -> closed();
    };
  }

  /** Clients are told of the limit they know, not of this node's share. */
  private Decision marked(Decision d) {
    return new Decision(
        d.outcome(),
        d.delay(),
        d.retryAfter(),
        d.resetAfter(),
        d.remaining(),
        windows.get(0).limit,
        Source.FALLBACK,
        d.parts());
  }

  private Decision open() {
    Limit limit = windows.get(0).limit;
    return Decision.of(0, 0, limit.permits(), limit, Source.FALLBACK);
  }

  private Decision closed() {
    long wait = CLOSED_FOR.toNanos();
    return Decision.of(-wait, wait, 0, windows.get(0).limit, Source.FALLBACK);
  }

  /** Returns how the counter stands. */
  public RedisLimiterSnapshot snapshot() {
    return new RedisLimiterSnapshot(remote.sum(), 0, 0, fallbacks.sum(), 0, 0);
  }

  /**
   * Collects the settings of a {@link RedisWindowCounter}. Not thread-safe.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> {
    private static final Duration LONGEST = Duration.ofDays(50);

    private final RedisStore store;
    private final String name;
    private final List<Window> windows = new ArrayList<>();
    private Function<? super K, String> keyText = KeyNames::textOf;
    private FailurePolicy failurePolicy = FailurePolicy.LOCAL;
    private int nodes = 1;
    private int fallbackKeys = 100_000;
    private @Nullable Ticker scriptClock;

    private Builder(RedisStore store, String name) {
      this.store = store;
      this.name = name;
    }

    /**
     * Adds a window that begins with the first request counted.
     *
     * @throws IllegalArgumentException if the limit is not just permits in a time of at most 50
     *     days
     */
    public Builder<K> fixed(Limit limit) {
      return add(limit, false);
    }

    /**
     * Adds a window that ends now, estimated from two.
     *
     * @throws IllegalArgumentException if the limit is not just permits in a time of at most 50
     *     days
     */
    public Builder<K> sliding(Limit limit) {
      return add(limit, true);
    }

    private Builder<K> add(Limit limit, boolean sliding) {
      if (limit.burst() != 0
          || limit.maxDebt() != 0
          || limit.isUnlimited()
          || limit.isBlocked()
          || limit.per().compareTo(LONGEST) > 0) {
        throw new IllegalArgumentException(
            "limit: "
                + limit
                + " (expected: permits in a time of at most 50 days, without burst or debt)");
      }
      windows.add(new Window(limit, sliding));
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
     * Sets among how many nodes the quota is shared while Redis does not serve, 1 to 10,000; each
     * has at least one permit. Default: 1.
     */
    public Builder<K> nodes(int nodes) {
      this.nodes = (int) Arguments.range("nodes", nodes, 10_000);
      return this;
    }

    /** Sets for how many keys there is room in the local counter. Default: 100,000. */
    public Builder<K> fallbackKeys(int keys) {
      this.fallbackKeys = (int) Arguments.range("keys", keys, 100_000_000);
      return this;
    }

    /** Sets a source of time that takes the place of the server's. For tests. */
    Builder<K> scriptClock(Ticker scriptClock) {
      this.scriptClock = scriptClock;
      return this;
    }

    /**
     * Builds the counter.
     *
     * @throws IllegalArgumentException if it has no window, or more than 16
     */
    public RedisWindowCounter<K> build() {
      Arguments.range("windows", windows.size(), 16);
      return new RedisWindowCounter<>(this);
    }
  }
}
