package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Limits how many requests of a key are being served at once, by the rule of {@code
 * resty.limit.conn}: up to {@code max} go on at once, {@code burst} more are delayed, beyond that
 * requests are refused. The n-th request waits {@code floor((n - 1) / max)} times the usual
 * latency, which the limiter learns from those that leave.
 *
 * <p>Thread-safe; never blocks. A key takes memory only while it holds permits. A permit can be
 * released once only, so the count never goes wrong; one that is never released is taken back after
 * {@link Builder#maxHold}.
 *
 * @param <K> what tells one caller from another; needs equals and hashCode
 */
public final class ConcurrencyLimiter<K> {
  /** Permits by key, oldest first; no key has none. Each set is guarded by the map's own lock. */
  private final ConcurrentHashMap<K, Set<Permit>> held = new ConcurrentHashMap<>();

  private final Ticker ticker;
  private final long maxHold;
  private final AtomicLong usualNanos;
  private final LongAdder reclaimed = new LongAdder();
  private volatile Bounds bounds;

  private record Bounds(int max, int burst) {}

  private ConcurrencyLimiter(Builder<K> builder) {
    ticker = builder.ticker;
    maxHold = builder.maxHold;
    usualNanos = new AtomicLong(builder.usualNanos);
    bounds = new Bounds(builder.max, builder.burst);
  }

  /** Returns a builder; {@link Builder#max} is required. */
  public static <K> Builder<K> builder() {
    return new Builder<>();
  }

  /** Takes a permit, if there is one; it is to be released when the request is over. */
  public Optional<Permit> tryAcquire(K key) {
    Arguments.key(key);
    var permit = new Permit(key);
    held.compute(
        key,
        (k, old) -> {
          Set<Permit> permits = old == null ? new LinkedHashSet<>(4) : old;
          reclaim(permits, permit.since);
          Bounds now = bounds;
          if (permits.size() < now.max + now.burst) {
            permits.add(permit);
            permit.position = permits.size();
            permit.delay = delay(now, permits.size());
          }
          return permits.isEmpty() ? null : permits;
        });
    return permit.position == 0 ? Optional.empty() : Optional.of(permit);
  }

  /** Tells how long a request would have to wait now, or nothing if it would be refused. */
  public Optional<Duration> peek(K key) {
    int next = inUse(key) + 1;
    Bounds now = bounds;
    return next > now.max + now.burst ? Optional.empty() : Optional.of(delay(now, next));
  }

  /** Returns how many permits the key holds. */
  public int inUse(K key) {
    int[] count = new int[1];
    held.computeIfPresent(
        Arguments.key(key),
        (k, permits) -> {
          reclaim(permits, ticker.read());
          count[0] = permits.size();
          return permits.isEmpty() ? null : permits;
        });
    return count[0];
  }

  private Duration delay(Bounds now, int position) {
    int turns = (position - 1) / now.max; // 0 up to max
    return Duration.ofNanos(usualNanos.get()).multipliedBy(turns);
  }

  private void reclaim(Set<Permit> permits, long now) {
    Iterator<Permit> oldestFirst = permits.iterator();
    while (oldestFirst.hasNext() && now - oldestFirst.next().since >= maxHold) {
      oldestFirst.remove();
      reclaimed.increment();
    }
  }

  /**
   * Changes the bounds. Permits beyond the new ones stay valid; nobody gets another until enough of
   * them are released.
   *
   * @throws IllegalArgumentException if one is out of range; the old bounds stay
   */
  public void reconfigure(int max, int burst) {
    Arguments.range("max", max, 1, Builder.MOST);
    Arguments.range("burst", burst, 0, Builder.MOST);
    bounds = new Bounds(max, burst);
  }

  /** Returns the usual latency, on which delays are based. */
  public Duration usualLatency() {
    return Duration.ofNanos(usualNanos.get());
  }

  /** Returns how many permits were taken back because they were held for too long. */
  public long reclaimed() {
    return reclaimed.sum();
  }

  /** The right to be served. Thread-safe. */
  public final class Permit implements AutoCloseable {
    private final K key;
    private final long since = ticker.read();
    private int position;
    private Duration delay = Duration.ZERO;

    private Permit(K key) {
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

    /** Gives the permit back; later calls, or one after it was taken back, do nothing. */
    @Override
    public void close() {
      giveBack();
    }

    /**
     * Gives the permit back, and teaches the limiter how long the request took, its delay not
     * included.
     *
     * @return whether this was the call that gave it back
     * @throws IllegalArgumentException if the latency is negative
     */
    public boolean release(Duration latency) {
      long nanos = Math.min(Arguments.nanos("latency", latency), Builder.LONGEST);
      boolean first = giveBack();
      if (first) {
        usualNanos.updateAndGet(usual -> (usual >> 1) + (nanos >> 1) + (usual & nanos & 1));
      }
      return first;
    }

    private boolean giveBack() {
      boolean[] first = new boolean[1];
      held.computeIfPresent(
          key,
          (k, permits) -> {
            first[0] = permits.remove(this);
            return permits.isEmpty() ? null : permits;
          });
      return first[0];
    }

    /** Returns how long ago the permit was given. */
    Duration age() {
      return Duration.ofNanos(Math.max(0, ticker.read() - since));
    }
  }

  /**
   * Collects the settings of a {@link ConcurrencyLimiter}. Not thread-safe.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> {
    private static final int MOST = 1_000_000_000;
    private static final long LONGEST = Duration.ofDays(1).toNanos();

    private int max;
    private int burst;
    private long usualNanos = Duration.ofMillis(100).toNanos();
    private long maxHold = Duration.ofMinutes(5).toNanos();
    private Ticker ticker = Ticker.system();

    private Builder() {}

    /** Sets how many requests are served at once without delay, at least 1. Required. */
    public Builder<K> max(int max) {
      Arguments.range("max", max, 1, MOST);
      this.max = max;
      return this;
    }

    /** Sets how many more are served after a delay. Default: 0. */
    public Builder<K> burst(int burst) {
      Arguments.range("burst", burst, 0, MOST);
      this.burst = burst;
      return this;
    }

    /** Sets how long a request takes, until the limiter has learnt it. Default: 100 ms. */
    public Builder<K> usualLatency(Duration latency) {
      this.usualNanos = Math.min(Arguments.nanos("latency", latency), LONGEST);
      return this;
    }

    /**
     * Sets after which time a permit that was not released is taken back. Default: five minutes.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder<K> maxHold(Duration maxHold) {
      long nanos = Arguments.nanos("maxHold", maxHold);
      Arguments.range("maxHold", nanos, 1, Long.MAX_VALUE);
      this.maxHold = nanos;
      return this;
    }

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder<K> ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /**
     * Builds the limiter.
     *
     * @throws IllegalArgumentException if max was not set
     */
    public ConcurrencyLimiter<K> build() {
      Arguments.range("max", max, 1, MOST);
      return new ConcurrencyLimiter<>(this);
    }
  }
}
