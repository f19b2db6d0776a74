// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.internal.AsyncCalls;
import io.gatewaykit.api.upstream.AddressResolver;
import io.gatewaykit.api.upstream.Resolution;
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
 * A cache in front of another resolver.
 *
 * <p>A fresh entry is returned immediately. An expired entry is also returned immediately, and
 * refreshed in the background. If that fails, the last result remains in use, for a day by default,
 * since an old address is better than none. A name that was never resolved waits for the result.
 * Its failure is cached for an exponentially growing time, so that an unknown name does not cause a
 * lookup for every request. At most one lookup per name and network is in flight.
 *
 * <p>Thread-safe. The size is bounded, with eviction of the least recently used names. The cache
 * starts a thread for its timeouts unless a scheduler is given, and must be closed.
 */
public final class CachingResolver implements AddressResolver, AutoCloseable {
  private static final Duration MAX_TIME = Duration.ofDays(30);
  private static final Logger log = LoggerFactory.getLogger(CachingResolver.class);

  private final AddressResolver origin;
  private final Settings settings;
  private final Ticker ticker;
  private final ResolverListener listener;
  private final Timers timers;

  private record Settings(
      Ticker ticker,
      ResolverListener listener,
      long minTtlNanos,
      long maxTtlNanos,
      long staleNanos,
      long negativeNanos,
      long maxNegativeNanos,
      long timeoutNanos,
      int maxEntries,
      @Nullable ScheduledExecutorService scheduler) {}

  private record Key(String host, String network) {}

  /** The entries, most recently used last. Its monitor guards the map and all entries. */
  private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  private CachingResolver(AddressResolver origin, Settings settings) {
    this.origin = origin;
    this.settings = settings;
    ticker = settings.ticker();
    listener = settings.listener();
    timers = new Timers("resolver-cache", settings.scheduler());
  }

  /** Returns a new builder of a cache for this resolver. */
  public static Builder builder(AddressResolver origin) {
    return new Builder(origin);
  }

  /** The cached state of one name in one network. */
  private static final class Entry {
    @Nullable Resolution lastResult;
    long freshUntil;
    long staleUntil;
    @Nullable Throwable failure;
    long failureTtlNanos;
    long retryAt;
    @Nullable CompletableFuture<Resolution> lookup;
  }

  @Override
  public CompletionStage<Resolution> resolve(String host, String network) {
    var key = new Key(host.toLowerCase(Locale.ROOT), network);
    long now = ticker.read();
    CompletableFuture<Resolution> newLookup = null;
    CompletableFuture<Resolution> result;
    synchronized (entries) {
      Entry entry = entry(key);
      Resolution lastResult = entry.lastResult;
      if (lastResult != null && now - entry.freshUntil < 0) {
        return CompletableFuture.completedFuture(lastResult);
      }
      boolean canRetry = entry.failure == null || now - entry.retryAt >= 0;
      if (entry.lookup == null && canRetry) {
        newLookup = new CompletableFuture<>();
        entry.lookup = newLookup;
      }
      if (lastResult != null && now - entry.staleUntil < 0) {
        result = CompletableFuture.completedFuture(lastResult);
      } else if (entry.lookup != null) {
        // a copy: cancelling it does not cancel the lookup for other callers
        result = entry.lookup.copy();
      } else {
        result = CompletableFuture.failedFuture(requireNonNull(entry.failure));
      }
    }
    if (newLookup != null) {
      startLookup(key, newLookup);
    }
    return result;
  }

  private Entry entry(Key key) {
    Entry entry = entries.computeIfAbsent(key, unused -> new Entry());
    if (entries.size() > settings.maxEntries()) {
      var eldest = entries.entrySet().iterator();
      eldest.next();
      eldest.remove(); // may evict a lookup in flight, which can then be sent a second time
    }
    return entry;
  }

  private void startLookup(Key key, CompletableFuture<Resolution> lookup) {
    Future<?> timer;
    try {
      timer =
          timers.after(settings.timeoutNanos(), () -> lookup.completeExceptionally(timeout(key)));
    } catch (RejectedExecutionException e) {
      timer = CompletableFuture.completedFuture(null);
      lookup.completeExceptionally(new IllegalStateException("resolver is closed", e));
    }
    Future<?> timeout = timer;
    CompletableFuture<?> unused =
        lookup.whenComplete((resolution, failure) -> {
          timeout.cancel(false);
          onResult(key, resolution, failure);
        });
    if (!lookup.isDone()) {
      unused =
          AsyncCalls.start(() -> origin.resolve(key.host, key.network))
              .whenComplete((resolution, failure) -> {
                if (failure != null) {
                  lookup.completeExceptionally(AsyncCalls.cause(failure));
                } else if (resolution == null) {
                  lookup.completeExceptionally(new UnknownHostException(key.host));
                } else {
                  lookup.complete(resolution);
                }
              });
    }
  }

  private TimeoutException timeout(Key key) {
    return new TimeoutException(
        "lookup of "
            + key.host
            + " timed out after "
            + Duration.ofNanos(settings.timeoutNanos()).toMillis()
            + " ms");
  }

  private void onResult(Key key, @Nullable Resolution resolution, @Nullable Throwable failure) {
    long now = ticker.read();
    Resolution before;
    boolean recovered;
    synchronized (entries) {
      Entry entry = entry(key);
      entry.lookup = null;
      before = entry.lastResult;
      recovered = entry.failure != null;
      if (resolution == null) {
        Throwable cause = requireNonNull(failure);
        entry.failure = cause;
        entry.failureTtlNanos =
            entry.failureTtlNanos == 0
                ? settings.negativeNanos()
                : Math.min(settings.maxNegativeNanos(), 2 * entry.failureTtlNanos);
        entry.retryAt = now + entry.failureTtlNanos;
      } else {
        long ttl = Math.min(settings.maxTtlNanos(), resolution.ttl().toNanos());
        entry.lastResult = resolution;
        entry.freshUntil = now + Math.max(settings.minTtlNanos(), ttl);
        entry.staleUntil = entry.freshUntil + settings.staleNanos();
        entry.failure = null;
        entry.failureTtlNanos = 0;
      }
    }
    if (resolution == null) {
      log.debug("failed to resolve {}", key, failure);
      notifyListener(
          () -> listener.onFailure(key.host, key.network, requireNonNull(failure), before));
    } else if (recovered || before == null || !before.addresses().equals(resolution.addresses())) {
      notifyListener(() -> listener.onResolution(key.network, resolution, before));
    }
  }

  private static void notifyListener(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      log.warn("resolver listener threw an exception", e);
    }
  }

  /** Removes all entries of a network; they may be wrong after the client has changed networks. */
  public void forget(String network) {
    synchronized (entries) {
      entries.entrySet().removeIf(entry -> entry.getKey().network.equals(network));
    }
  }

  @Override
  public void close() {
    timers.close();
  }

  /**
   * Collects the settings. Each is set at most once; setting it again throws {@link
   * IllegalStateException}. Not thread-safe.
   */
  public static final class Builder {
    private final AddressResolver origin;
    private @Nullable Ticker ticker;
    private @Nullable ResolverListener listener;
    private @Nullable Duration minTtl;
    private Duration maxTtl = Duration.ofHours(1);
    private @Nullable Duration keepStale;
    private @Nullable Duration negative;
    private Duration maxNegative = Duration.ofSeconds(30);
    private @Nullable Duration timeout;
    private @Nullable Integer maxEntries;
    private @Nullable ScheduledExecutorService scheduler;

    private Builder(AddressResolver origin) {
      this.origin = requireNonNull(origin, "origin");
    }

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder ticker(Ticker ticker) {
      this.ticker = Arguments.once("ticker", this.ticker, ticker);
      return this;
    }

    /** Sets the listener for results and failures. Default: none. */
    public Builder listener(ResolverListener listener) {
      this.listener = Arguments.once("listener", this.listener, listener);
      return this;
    }

    /**
     * Sets the bounds within which the time to live of a result is applied, each more than zero and
     * at most 30 days. Default: 1 second to 1 hour.
     *
     * @throws IllegalArgumentException if one is out of range, or the minimum exceeds the maximum
     */
    public Builder ttl(Duration least, Duration most) {
      Duration checked = Arguments.positive("least", least, MAX_TIME);
      Duration checkedMost = Arguments.positive("most", most, MAX_TIME);
      if (least.compareTo(most) > 0) {
        throw Arguments.outside("least", least, "<= " + most);
      }
      minTtl = Arguments.once("ttl", minTtl, checked);
      maxTtl = checkedMost;
      return this;
    }

    /**
     * Sets how long an expired result may be used while no newer one is available, more than zero
     * and at most 30 days. Default: 1 day.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder keepStale(Duration time) {
      Duration checked = Arguments.positive("keepStale", time, MAX_TIME);
      keepStale = Arguments.once("keepStale", keepStale, checked);
      return this;
    }

    /**
     * Sets the initial and the maximum time for which a failure is cached; it doubles with each
     * consecutive failure. Each is more than zero and at most 30 days. Default: 1 second, 30
     * seconds.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Builder negative(Duration first, Duration longest) {
      Duration checked = Arguments.positive("first", first, MAX_TIME);
      Duration checkedLongest = Arguments.positive("longest", longest, MAX_TIME);
      negative = Arguments.once("negative", negative, checked);
      maxNegative = checkedLongest;
      return this;
    }

    /**
     * Sets the timeout of a lookup, more than zero and at most 30 days. Default: 3 seconds.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder timeout(Duration time) {
      Duration checked = Arguments.positive("timeout", time, MAX_TIME);
      timeout = Arguments.once("timeout", timeout, checked);
      return this;
    }

    /**
     * Sets the maximum number of cached names, 1 to 1,000,000. Default: 10,000.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder maxEntries(int entries) {
      int checked = Arguments.range("maxEntries", entries, 1, 1_000_000);
      maxEntries = Arguments.once("maxEntries", maxEntries, checked);
      return this;
    }

    /**
     * Sets the scheduler for timeouts, which is never shut down. Default: a thread of the resolver.
     */
    public Builder scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = Arguments.once("scheduler", this.scheduler, scheduler);
      return this;
    }

    /** Builds the resolver. */
    public CachingResolver build() {
      return new CachingResolver(
          origin,
          new Settings(
              ticker == null ? Ticker.system() : ticker,
              listener == null ? new ResolverListener() {} : listener,
              (minTtl == null ? Duration.ofSeconds(1) : minTtl).toNanos(),
              maxTtl.toNanos(),
              (keepStale == null ? Duration.ofDays(1) : keepStale).toNanos(),
              (negative == null ? Duration.ofSeconds(1) : negative).toNanos(),
              maxNegative.toNanos(),
              (timeout == null ? Duration.ofSeconds(3) : timeout).toNanos(),
              maxEntries == null ? 10_000 : maxEntries,
              scheduler));
    }
  }
}
