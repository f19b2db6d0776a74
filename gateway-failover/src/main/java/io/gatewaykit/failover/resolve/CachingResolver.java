package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.failover.internal.schedule.Timers;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers what another resolver said.
 *
 * <p>While an answer is fresh it is given at once. After that it is still given at once, and a new
 * one is fetched meanwhile; if that fails, the last good answer stays, for a day by default, since
 * an old address is better than none. A name that was never resolved waits for the answer; its
 * failure is remembered for a while, longer each time, so that an unknown name is not asked for
 * with every request. At any time one question for a name and network is under way at most.
 *
 * <p>Thread-safe, and bounded: the names used least recently are forgotten. Has a thread for its
 * timeouts unless a scheduler is given, and must be closed.
 */
public final class CachingResolver implements AddressResolver, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CachingResolver.class);

  private final AddressResolver origin;
  private final Ticker ticker;
  private final ResolverListener listener;
  private final long minTtlNanos;
  private final long maxTtlNanos;
  private final long staleNanos;
  private final long negativeNanos;
  private final long longestNegativeNanos;
  private final long timeoutNanos;
  private final int maxEntries;
  private final Timers timers;

  private record Key(String host, String network) {}

  /** The names, the one used last at the end. Its own monitor guards it and all entries. */
  private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  private CachingResolver(Builder builder) {
    origin = builder.origin;
    ticker = builder.ticker;
    listener = builder.listener;
    minTtlNanos = builder.minTtl.toNanos();
    maxTtlNanos = builder.maxTtl.toNanos();
    staleNanos = builder.keepStale.toNanos();
    negativeNanos = builder.negative.toNanos();
    longestNegativeNanos = builder.longestNegative.toNanos();
    timeoutNanos = builder.timeout.toNanos();
    maxEntries = builder.maxEntries;
    timers = new Timers("resolver-cache", builder.scheduler);
  }

  /** Returns a builder of a cache before that resolver. */
  public static Builder of(AddressResolver origin) {
    return new Builder(origin);
  }

  /** What is known of one name in one network. */
  private static final class Entry {
    @Nullable Resolution good;
    long freshUntil;
    long staleUntil;
    @Nullable Throwable failure;
    long waitNanos;
    long retryAt;
    @Nullable CompletableFuture<Resolution> asking;
  }

  @Override
  public CompletionStage<Resolution> resolve(String host, String network) {
    var key = new Key(host.toLowerCase(Locale.ROOT), network);
    long now = ticker.read();
    CompletableFuture<Resolution> toAsk = null;
    CompletableFuture<Resolution> answer;
    synchronized (entries) {
      Entry entry = entry(key);
      Resolution good = entry.good;
      if (good != null && now - entry.freshUntil < 0) {
        return CompletableFuture.completedFuture(good);
      }
      boolean mayAsk = entry.failure == null || now - entry.retryAt >= 0;
      if (entry.asking == null && mayAsk) {
        toAsk = new CompletableFuture<>();
        entry.asking = toAsk;
      }
      if (good != null && now - entry.staleUntil < 0) {
        answer = CompletableFuture.completedFuture(good);
      } else if (entry.asking != null) {
        answer = entry.asking.copy(); // who cancels his must not cancel the others'
      } else {
        answer = CompletableFuture.failedFuture(requireNonNull(entry.failure));
      }
    }
    if (toAsk != null) {
      ask(key, toAsk);
    }
    return answer;
  }

  private Entry entry(Key key) {
    Entry entry = entries.computeIfAbsent(key, fresh -> new Entry());
    if (entries.size() > maxEntries) {
      var eldest = entries.entrySet().iterator();
      eldest.next();
      eldest.remove(); // one question that is under way may then be asked twice
    }
    return entry;
  }

  private void ask(Key key, CompletableFuture<Resolution> asking) {
    Future<?> timer;
    try {
      timer = timers.after(timeoutNanos, () -> asking.completeExceptionally(late(key)));
    } catch (RejectedExecutionException e) {
      timer = CompletableFuture.completedFuture(null);
      asking.completeExceptionally(new IllegalStateException("the resolver is closed", e));
    }
    Future<?> timeout = timer;
    CompletableFuture<?> unused =
        asking.whenComplete((resolution, failure) -> {
          timeout.cancel(false);
          answered(key, resolution, failure);
        });
    if (!asking.isDone()) {
      unused =
          Asking.ask(origin, key.host, key.network)
              .whenComplete((resolution, failure) -> {
                if (failure != null) {
                  asking.completeExceptionally(Asking.unwrap(failure));
                } else if (resolution == null) {
                  asking.completeExceptionally(new UnknownHostException(key.host));
                } else {
                  asking.complete(resolution);
                }
              });
    }
  }

  private TimeoutException late(Key key) {
    return new TimeoutException(
        "no answer for "
            + key.host
            + " within "
            + Duration.ofNanos(timeoutNanos).toMillis()
            + " ms");
  }

  private void answered(Key key, @Nullable Resolution resolution, @Nullable Throwable failure) {
    long now = ticker.read();
    Resolution before;
    boolean recovered;
    synchronized (entries) {
      Entry entry = entry(key);
      entry.asking = null;
      before = entry.good;
      recovered = entry.failure != null;
      if (resolution == null) {
        Throwable cause = requireNonNull(failure);
        entry.failure = cause;
        entry.waitNanos =
            entry.waitNanos == 0
                ? negativeNanos
                : Math.min(longestNegativeNanos, 2 * entry.waitNanos);
        entry.retryAt = now + entry.waitNanos;
      } else {
        long ttl = Math.min(maxTtlNanos, resolution.ttl().toNanos());
        entry.good = resolution;
        entry.freshUntil = now + Math.max(minTtlNanos, ttl);
        entry.staleUntil = entry.freshUntil + staleNanos;
        entry.failure = null;
        entry.waitNanos = 0;
      }
    }
    if (resolution == null) {
      log.debug("{} was not resolved", key, failure);
      tell(() -> listener.onFailure(key.host, key.network, requireNonNull(failure), before));
    } else if (recovered || before == null || !before.addresses().equals(resolution.addresses())) {
      tell(() -> listener.onAnswer(key.network, resolution, before));
    }
  }

  private static void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      log.warn("a resolver's listener failed", e);
    }
  }

  /** Forgets all answers of that network: after a change of network they may be wrong. */
  public void forget(String network) {
    synchronized (entries) {
      entries.entrySet().removeIf(entry -> entry.getKey().network.equals(network));
    }
  }

  @Override
  public void close() {
    timers.close();
  }

  /** Collects the settings of a {@link CachingResolver}. Not thread-safe. */
  public static final class Builder {
    private final AddressResolver origin;
    private Ticker ticker = Ticker.system();
    private ResolverListener listener = new ResolverListener() {};
    private Duration minTtl = Duration.ofSeconds(1);
    private Duration maxTtl = Duration.ofHours(1);
    private Duration keepStale = Duration.ofDays(1);
    private Duration negative = Duration.ofSeconds(1);
    private Duration longestNegative = Duration.ofSeconds(30);
    private Duration timeout = Duration.ofSeconds(3);
    private int maxEntries = 10_000;
    private @Nullable ScheduledExecutorService scheduler;

    private Builder(AddressResolver origin) {
      this.origin = requireNonNull(origin, "origin");
    }

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /** Sets who learns of answers and failures. Default: nobody. */
    public Builder listener(ResolverListener listener) {
      this.listener = requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Sets for how long an answer is fresh, whatever the answer says: each more than zero, at most
     * 30 days. Default: 1 second to 1 hour.
     *
     * @throws IllegalArgumentException if one is out of range, or the least exceeds the most
     */
    public Builder ttl(Duration least, Duration most) {
      minTtl = Times.check("least", least);
      maxTtl = Times.check("most", most);
      if (least.compareTo(most) > 0) {
        throw new IllegalArgumentException("least: " + least + " (expected: <= " + most + ")");
      }
      return this;
    }

    /**
     * Sets for how long after that an answer is used while no better one can be had, more than
     * zero, at most 30 days. Default: 1 day.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder keepStale(Duration time) {
      keepStale = Times.check("keepStale", time);
      return this;
    }

    /**
     * Sets for how long a failure is remembered at first, and at most, as it doubles: each more
     * than zero, at most 30 days. Default: 1 second, 30 seconds.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder negative(Duration first, Duration longest) {
      negative = Times.check("first", first);
      longestNegative = Times.check("longest", longest);
      return this;
    }

    /**
     * Sets how long an answer may take, more than zero, at most 30 days. Default: 3 seconds.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder timeout(Duration time) {
      timeout = Times.check("timeout", time);
      return this;
    }

    /**
     * Sets how many names are remembered, 1 to 1,000,000. Default: 10,000.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder maxEntries(int entries) {
      if (entries < 1 || entries > 1_000_000) {
        throw new IllegalArgumentException("maxEntries: " + entries + " (expected: 1..1000000)");
      }
      maxEntries = entries;
      return this;
    }

    /** Sets where timeouts run; it is not shut down. Default: a thread of the resolver's own. */
    public Builder scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = requireNonNull(scheduler, "scheduler");
      return this;
    }

    /** Builds the resolver. */
    public CachingResolver build() {
      return new CachingResolver(this);
    }
  }
}
