package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what happened in a window of time, for each of many keys: a quota such as 1000 a day. With
 * several windows, a request is counted in all of them or in none.
 *
 * <p>A fixed window gives the answers of {@code resty.limit.count}, except that refused requests
 * are not counted. It admits up to twice its quota around its end; a sliding one, hardly more than
 * its quota. Neither ever delays.
 *
 * <p>Thread-safe. Keys are kept while one of their windows counts something, up to {@link
 * Builder#maxKeys}; newcomers beyond that are counted together, so a flood of keys mints nothing.
 *
 * @param <K> what tells one caller from another; needs equals and hashCode
 */
public final class WindowCounter<K> implements RateLimiter<K> {
  private final List<Window> windows;
  private final Ticker ticker;
  private final long origin;
  private final int maxKeys;
  private final ConcurrentHashMap<K, long[]> states = new ConcurrentHashMap<>();
  private final long[] shared;
  private final LongAdder overflows = new LongAdder();
  private volatile long sweptAt;

  private WindowCounter(Builder<K> builder) {
    windows = List.copyOf(builder.windows);
    ticker = builder.ticker;
    origin = ticker.read();
    maxKeys = builder.maxKeys;
    shared = new long[windows.size() * Window.NUMBERS];
  }

  /** Returns a builder; at least one window is required. */
  public static <K> Builder<K> builder() {
    return new Builder<>();
  }

  @Override
  public boolean tryAcquire(K key) {
    return decide(key, 1) == 0;
  }

  @Override
  public long decide(K key, long cost) {
    return on(key, (state, now, source) -> take(state, now, Arguments.cost(cost)));
  }

  @Override
  public Decision check(K key, long cost) {
    return on(
        key,
        (state, now, source) -> {
          long answer = take(state, now, Arguments.cost(cost));
          return describe(state, now, cost, answer, source);
        });
  }

  @Override
  public Decision peek(K key, long cost) {
    return on(
        key,
        (state, now, source) -> {
          long[] copy = state.clone();
          long answer = take(copy, now, Arguments.cost(cost));
          return describe(copy, now, cost, answer, source);
        });
  }

  @Override
  public Reservation reserve(K key, long cost, Duration maxDelay) {
    Arguments.nanos("maxDelay", maxDelay); // never needed: an admitted request has no delay
    return on(
        key,
        (state, now, source) -> {
          long answer = take(state, now, Arguments.cost(cost));
          Decision decision = describe(state, now, cost, answer, source);
          long[] began = state.clone();
          return decision.admitted()
              ? Reservation.of(decision, actual -> settle(key, began, cost, actual))
              : Reservation.refused(decision);
        });
  }

  @Override
  public Ticker ticker() {
    return ticker;
  }

  /** Returns how many decisions were taken for keys for which there was no room. */
  public long overflows() {
    return overflows.sum();
  }

  private long take(long[] state, long now, long cost) {
    long answer = 0;
    for (int i = 0; i < windows.size(); i++) {
      answer = Math.min(answer, windows.get(i).decide(state, i * Window.NUMBERS, now, cost));
    }
    for (int i = 0; answer == 0 && i < windows.size(); i++) {
      windows.get(i).count(state, i * Window.NUMBERS, cost);
    }
    return answer;
  }

  private void settle(K key, long[] began, long cost, long actual) {
    Object done =
        on(
            key,
            (state, now, source) -> {
              for (int i = 0; i < windows.size(); i++) {
                int at = i * Window.NUMBERS;
                if (actual > cost) {
                  windows.get(i).count(state, at, actual - cost);
                } else {
                  windows.get(i).uncount(state, at, began[at], cost - actual);
                }
              }
              return state;
            });
    requireNonNull(done);
  }

  private Decision describe(
      long[] state, long now, long cost, long answer, Decision.Source source) {
    var parts = new LinkedHashMap<String, Decision>();
    for (int i = 0; i < windows.size(); i++) {
      Window window = windows.get(i);
      int at = i * Window.NUMBERS;
      long own = answer == 0 ? 0 : window.decide(state, at, now, cost);
      parts.put(
          window.limit.permits() + "/" + window.limit.per(),
          Decision.of(
              own,
              window.reset(state, at, now),
              window.remaining(state, at, now),
              window.limit,
              source));
    }
    return windows.size() == 1 ? parts.values().iterator().next() : CompositeLimiter.combine(parts);
  }

  private interface Action<R> {
    R apply(long[] state, long now, Decision.Source source);
  }

  /** Applies an action to the key's state, turned to now, and alone with it. */
  private <R> R on(K key, Action<R> action) {
    var result = new ArrayList<R>(1);
    states.compute(
        Arguments.key(key),
        (k, old) -> {
          if (old == null && states.mappingCount() >= maxKeys) {
            return null;
          }
          long now = ticker.read() - origin;
          long[] state = old == null ? fresh(now) : old;
          turn(state, now);
          result.add(action.apply(state, now, Decision.Source.LOCAL));
          return isIdle(state) ? null : state;
        });
    return result.isEmpty() ? onShared(action) : result.get(0);
  }

  private <R> R onShared(Action<R> action) {
    overflows.increment();
    long now = ticker.read() - origin;
    if (now - sweptAt >= Duration.ofSeconds(1).toNanos()) {
      sweptAt = now;
      for (Map.Entry<K, long[]> entry : states.entrySet()) {
        states.computeIfPresent(
            entry.getKey(),
            (k, state) -> {
              turn(state, now);
              return isIdle(state) ? null : state;
            });
      }
    }
    synchronized (shared) {
      turn(shared, now);
      return action.apply(shared, now, Decision.Source.SHARED);
    }
  }

  /** A key may have been counted in the shared state while there was no room for it. */
  private long[] fresh(long now) {
    synchronized (shared) {
      turn(shared, now);
      if (!isIdle(shared)) {
        return shared.clone();
      }
    }
    long[] state = new long[shared.length];
    for (int at = 0; at < state.length; at += Window.NUMBERS) {
      state[at] = now;
    }
    return state;
  }

  private void turn(long[] state, long now) {
    for (int i = 0; i < windows.size(); i++) {
      windows.get(i).turn(state, i * Window.NUMBERS, now);
    }
  }

  private boolean isIdle(long[] state) {
    for (int i = 0; i < windows.size(); i++) {
      if (!windows.get(i).isIdle(state, i * Window.NUMBERS)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Collects the settings of a {@link WindowCounter}. Not thread-safe.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> {
    private final List<Window> windows = new ArrayList<>();
    private Ticker ticker = Ticker.system();
    private int maxKeys = 100_000;

    private Builder() {}

    /**
     * Adds a window that begins with the first request counted.
     *
     * @throws IllegalArgumentException if the limit is not just permits in a time
     */
    public Builder<K> fixed(Limit limit) {
      windows.add(new Window(requireNonNull(limit, "limit"), false));
      return this;
    }

    /**
     * Adds a window that ends now, estimated from two.
     *
     * @throws IllegalArgumentException if the limit is not just permits in a time
     */
    public Builder<K> sliding(Limit limit) {
      windows.add(new Window(requireNonNull(limit, "limit"), true));
      return this;
    }

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder<K> ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /** Sets how many keys there is room for, 1 to 100,000,000. Default: 100,000. */
    public Builder<K> maxKeys(int maxKeys) {
      Arguments.range("maxKeys", maxKeys, 1, 100_000_000);
      this.maxKeys = maxKeys;
      return this;
    }

    /**
     * Builds the counter.
     *
     * @throws IllegalArgumentException if it has no window
     */
    public WindowCounter<K> build() {
      Arguments.range("windows", windows.size(), 1, 16);
      return new WindowCounter<>(this);
    }
  }
}
