// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.AdaptiveLimit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Limits the number of concurrent requests per key, with the algorithm of {@code resty.limit.conn}:
 * up to {@code max} are served concurrently, {@code burst} more are delayed, and requests beyond
 * that are rejected. The n-th request waits {@code floor((n - 1) / max)} times the typical latency,
 * which the limiter measures on released permits.
 *
 * <p>{@link #acquireAsync} and {@link #acquire} wait for a permit instead, in a bounded queue with
 * priorities. With {@link ConcurrencyLimiterBuilder#adaptive} the bound follows the latency.
 *
 * <p>Thread-safe; only {@link #acquire} blocks. A key takes memory only while it holds permits. A
 * permit can be released only once, so the count stays exact. A permit that is not released is
 * reclaimed after {@link ConcurrencyLimiterBuilder#maxHold}.
 *
 * @param <K> the type of the keys, with equals and hashCode
 */
public final class ConcurrencyLimiter<K> implements PermitSource<K> {
  /** The permits by key, for keys that hold any. Guarded by the map's lock for the key. */
  private final ConcurrentHashMap<K, HeldPermits<Permit>> held = new ConcurrentHashMap<>();

  private final @Nullable AdaptiveLimit adaptive;
  private final int maxWaiters;
  private final LongAdder evicted = new LongAdder();

  private final Ticker ticker;
  private final long maxHold;
  private final AtomicLong usualNanos;
  private final LongAdder reclaimed = new LongAdder();
  private volatile Bounds bounds;

  private record Bounds(int max, int burst) {}

  ConcurrencyLimiter(ConcurrencySettings settings) {
    ticker = settings.ticker();
    maxHold = Arguments.nanos("maxHold", settings.maxHold());
    usualNanos = new AtomicLong(ConcurrencySettings.latencyNanos(settings.usualLatency()));
    bounds = new Bounds(settings.max(), settings.burst());
    adaptive = settings.adaptive();
    maxWaiters = settings.maxWaiters();
  }

  /** Returns a builder; {@link ConcurrencyLimiterBuilder#max} is required. */
  public static <K> ConcurrencyLimiterBuilder<K> builder() {
    return new ConcurrencyLimiterBuilder<>();
  }

  private Bounds bounds() {
    AdaptiveLimit following = adaptive;
    return following == null ? bounds : new Bounds(following.limit(), bounds.burst);
  }

  /**
   * Takes a permit if one is available. The caller must release it when the request is complete.
   */
  public Optional<ConcurrencyPermit> tryAcquire(K key) {
    Arguments.notNull("key", key);
    var permit = new Permit(key);
    var served = new ArrayList<PermitQueue.Waiter<Permit>>(0);
    held.compute(
        key,
        (k, old) -> {
          HeldPermits<Permit> own = old == null ? new HeldPermits<>() : old;
          reclaim(own, permit.since, served);
          Bounds now = bounds();
          permit.position = own.waiting() == 0 ? own.grant(permit, now.max + now.burst) : 0;
          if (permit.position > 0) {
            permit.delay = delay(now, permit.position);
          }
          return own.isEmpty() ? null : own;
        });
    PermitQueue.complete(served);
    return permit.position == 0 ? Optional.empty() : Optional.of(permit);
  }

  @Override
  public CompletableFuture<Optional<ConcurrencyPermit>> tryAcquireAsync(K key) {
    return CompletableFuture.completedFuture(tryAcquire(key));
  }

  /**
   * Takes a permit without delay, or waits for one: callers of the highest priority first, in order
   * of arrival among equals. Does not block the thread. A permit that its holder does not release
   * within {@link ConcurrencyLimiterBuilder#maxHold} is then granted to the first waiter, even if
   * no other call is made.
   *
   * @param priority higher values are served first, and rejected last if too many wait
   * @param timeout the longest time to wait
   * @param scheduler ends the wait at the timeout, and reclaims permits
   * @return completes with the permit, on the thread that released or reclaimed it, or empty at the
   *     timeout or if callers of higher priority took the slot in the queue. Cancelling it returns
   *     the slot or the permit
   * @throws java.util.concurrent.RejectedExecutionException if it would have to wait and the
   *     scheduler was shut down
   */
  public CompletableFuture<Optional<ConcurrencyPermit>> acquireAsync(
      K key, int priority, Duration timeout, ScheduledExecutorService scheduler) {
    return PermitWait.async(this, key, priority, timeout, scheduler);
  }

  /**
   * Equivalent to {@link #acquireAsync}, but blocks the thread until it has a permit.
   *
   * @throws InterruptedException if the thread is interrupted; no permit is kept
   */
  public Optional<ConcurrencyPermit> acquire(K key, int priority, Duration timeout)
      throws InterruptedException {
    return PermitWait.block(this, key, priority, timeout);
  }

  /** Takes a permit, or enters the queue; otherwise the returned waiter is already complete. */
  PermitQueue.Waiter<?> enqueue(K key, int priority, boolean mayWait) {
    var waiter =
        new PermitQueue.Waiter<>(priority, new Permit(key), gone -> onCancelled(key, gone));
    var rejected = new ArrayList<PermitQueue.Waiter<Permit>>(1);
    var served = new ArrayList<PermitQueue.Waiter<Permit>>(0);
    boolean[] granted = new boolean[1];
    held.compute(
        key,
        (k, old) -> {
          HeldPermits<Permit> own = old == null ? new HeldPermits<>() : old;
          reclaim(own, ticker.read(), served);
          waiter.permit.position = own.waiting() == 0 ? own.grant(waiter.permit, bounds().max) : 0;
          granted[0] = waiter.permit.position > 0;
          if (!granted[0]) {
            PermitQueue.Waiter<Permit> last =
                mayWait ? own.queue().add(waiter, maxWaiters) : waiter;
            if (last != null) {
              rejected.add(last);
            }
          }
          return own.isEmpty() ? null : own;
        });
    PermitQueue.complete(served);
    if (granted[0]) {
      waiter.complete(Optional.of(waiter.permit));
    }
    for (PermitQueue.Waiter<Permit> last : rejected) {
      if (mayWait) {
        evicted.increment();
      }
      last.complete(Optional.empty());
    }
    return waiter;
  }

  /** Ends a wait without a permit, unless one is granted concurrently. */
  void abandon(K key, PermitQueue.Waiter<?> waiter) {
    if (removeWaiter(key, waiter)) {
      waiter.complete(Optional.empty());
    }
  }

  private void onCancelled(K key, PermitQueue.Waiter<Permit> waiter) {
    if (!removeWaiter(key, waiter)) {
      boolean ignored = waiter.permit.release();
    }
  }

  private boolean removeWaiter(K key, PermitQueue.Waiter<?> waiter) {
    boolean[] left = new boolean[1];
    held.computeIfPresent(
        key,
        (k, own) -> {
          left[0] = own.queue().remove(waiter);
          return own.isEmpty() ? null : own;
        });
    return left[0];
  }

  /** Grants free permits to waiters. They must be completed outside the map's lock. */
  private List<PermitQueue.Waiter<Permit>> served(HeldPermits<Permit> own) {
    List<PermitQueue.Waiter<Permit>> served = List.of();
    int max = bounds().max;
    while (own.permits.size() < max && own.waiting() > 0) {
      PermitQueue.Waiter<Permit> next = own.queue().first();
      next.permit.since = ticker.read();
      next.permit.position = own.grant(next.permit, max);
      served = served.isEmpty() ? new ArrayList<>(1) : served;
      served.add(next);
    }
    return served;
  }

  /** Returns the current delay of a new request; empty if it would be rejected. */
  public Optional<Duration> peek(K key) {
    int next = inUse(key) + 1;
    Bounds now = bounds();
    return next > now.max + now.burst ? Optional.empty() : Optional.of(delay(now, next));
  }

  /** Returns the number of permits that the key holds. */
  public int inUse(K key) {
    int[] count = new int[1];
    var served = new ArrayList<PermitQueue.Waiter<Permit>>(0);
    held.computeIfPresent(
        Arguments.notNull("key", key),
        (k, own) -> {
          reclaim(own, ticker.read(), served);
          count[0] = own.permits.size();
          return own.isEmpty() ? null : own;
        });
    PermitQueue.complete(served);
    return count[0];
  }

  /** Returns the number of callers that wait for a permit of the key. */
  public int waiting(K key) {
    HeldPermits<Permit> own = held.get(Arguments.notNull("key", key));
    return own == null ? 0 : own.waiting();
  }

  /** Returns the number of callers rejected because the queue was full, immediately or later. */
  public long evicted() {
    return evicted.sum();
  }

  /** Returns the current maximum number of concurrent requests per key. */
  public int max() {
    return bounds().max;
  }

  private Duration delay(Bounds now, int position) {
    int turns = (position - 1) / now.max; // 0 to max
    return Duration.ofNanos(usualNanos.get()).multipliedBy(turns);
  }

  /**
   * Reclaims the permits of a key that were held too long. Returns the time in nanoseconds until
   * the next one can be reclaimed.
   */
  long reclaim(K key) {
    long[] left = {maxHold};
    var served = new ArrayList<PermitQueue.Waiter<Permit>>(0);
    held.computeIfPresent(
        key,
        (k, own) -> {
          long now = ticker.read();
          reclaim(own, now, served);
          for (Permit oldest : own.permits) {
            left[0] = Math.max(1, maxHold - (now - oldest.since));
            break;
          }
          return own.isEmpty() ? null : own;
        });
    PermitQueue.complete(served);
    return left[0];
  }

  /** Reclaims permits that were held too long, and adds the waiters that receive them. */
  private void reclaim(HeldPermits<Permit> own, long now, List<PermitQueue.Waiter<Permit>> served) {
    Iterator<Permit> oldestFirst = own.permits.iterator();
    while (oldestFirst.hasNext() && now - oldestFirst.next().since >= maxHold) {
      oldestFirst.remove();
      reclaimed.increment();
    }
    served.addAll(served(own));
  }

  /**
   * Changes the bounds. Permits beyond the new ones stay valid, and none is granted until enough of
   * them are released. Waiters are granted the permits that the new bounds allow.
   *
   * @throws IllegalArgumentException if one is out of range; the old bounds are kept
   */
  public void reconfigure(int max, int burst) {
    Arguments.range("max", max, 1, ConcurrencySettings.MAX_PERMITS);
    Arguments.range("burst", burst, 0, ConcurrencySettings.MAX_PERMITS);
    bounds = new Bounds(max, burst);
    var served = new ArrayList<PermitQueue.Waiter<Permit>>(0);
    for (K key : held.keySet()) {
      held.computeIfPresent(
          key,
          (k, own) -> {
            served.addAll(served(own));
            return own;
          });
    }
    PermitQueue.complete(served);
  }

  /** Returns the typical latency, on which delays are based. */
  @Override
  public Duration usualLatency() {
    return Duration.ofNanos(usualNanos.get());
  }

  /** Returns the number of permits reclaimed because they were held too long. */
  public long reclaimed() {
    return reclaimed.sum();
  }

  private final class Permit implements ConcurrencyPermit {
    private final K key;
    private volatile long since = ticker.read();
    private volatile int position;
    private Duration delay = Duration.ZERO;

    private Permit(K key) {
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
      boolean ignored = release();
    }

    @Override
    public boolean release(Duration latency) {
      long nanos = ConcurrencySettings.latencyNanos(latency);
      boolean first = release();
      if (first) {
        usualNanos.updateAndGet(usual -> (usual >> 1) + (nanos >> 1) + (usual & nanos & 1));
        if (adaptive != null) {
          int before = adaptive.limit();
          adaptive.onCompleted(nanos, position);
          serveIfAbove(before);
        }
      }
      return first;
    }

    @Override
    public boolean drop() {
      boolean first = release();
      if (first && adaptive != null) {
        int before = adaptive.limit();
        adaptive.onDropped(position);
        serveIfAbove(before);
      }
      return first;
    }

    /**
     * Serves the waiters of this key if the limit was raised. Other keys' are served at a release.
     */
    private void serveIfAbove(int before) {
      if (bounds().max > before) {
        boolean ignored = release();
      }
    }

    private boolean release() {
      boolean[] first = new boolean[1];
      var served = new ArrayList<PermitQueue.Waiter<Permit>>(1);
      held.computeIfPresent(
          key,
          (k, own) -> {
            first[0] = own.permits.remove(this);
            served.addAll(served(own));
            return own.isEmpty() ? null : own;
          });
      PermitQueue.complete(served);
      return first[0];
    }

    @Override
    public Duration age() {
      return Duration.ofNanos(Math.max(0, ticker.read() - since));
    }
  }
}
