package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Waits for permits. There is no queue: whoever is told a delay already owns a place, and whoever
 * is refused is told when to try again, so nobody needs to be woken by anybody else.
 */
final class Waiting {
  /** How long to park at most, so that a ticker of another pace is looked at now and then. */
  private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(100);

  private Waiting() {}

  static <K> Reservation acquire(RateLimiter<K> limiter, K key, long cost, Duration timeout)
      throws InterruptedException {
    Ticker ticker = limiter.ticker();
    long left = Arguments.nanos("timeout", timeout);
    long start = ticker.read();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    while (true) {
      Reservation reservation = limiter.reserve(key, cost, Duration.ofNanos(left));
      long wait = waitOf(reservation.decision(), left);
      if (wait == 0) {
        return reservation;
      }
      try {
        park(ticker, wait);
      } catch (InterruptedException e) {
        reservation.cancel();
        throw e;
      }
      if (reservation.admitted()) {
        return reservation;
      }
      left = left == Long.MAX_VALUE ? left : Math.max(0, left - (ticker.read() - start));
      start = ticker.read();
    }
  }

  /** How long to wait before going on or trying again, or 0 if the decision stands as it is. */
  private static long waitOf(Decision decision, long left) {
    if (decision.admitted()) {
      return decision.delay().toNanos();
    }
    long retry = decision.retryAfter().toNanos();
    // Whoever gets the last place of a burst that is not free of delay waits for all before it.
    Limit limit = decision.limit();
    double thenDelayed = (limit.burst() - limit.delayAfter()) / limit.rate() * 1e9;
    boolean hopeless =
        decision.outcome() != Decision.Outcome.REJECTED || retry + thenDelayed > left;
    return hopeless ? 0 : retry;
  }

  private static void park(Ticker ticker, long nanos) throws InterruptedException {
    long start = ticker.read();
    for (long rest = nanos; rest > 0; rest = nanos - (ticker.read() - start)) {
      LockSupport.parkNanos(Math.min(rest, LOOK));
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  static <K> CompletableFuture<Reservation> acquireAsync(
      RateLimiter<K> limiter,
      K key,
      long cost,
      Duration timeout,
      ScheduledExecutorService scheduler) {
    requireNonNull(scheduler, "scheduler");
    var waiter = new Waiter<>(limiter, key, cost, Arguments.nanos("timeout", timeout), scheduler);
    waiter.ask();
    return waiter;
  }

  /** A request in wait: at most one timer, and one reservation that cancelling gives back. */
  private static final class Waiter<K> extends CompletableFuture<Reservation> {
    private final RateLimiter<K> limiter;
    private final K key;
    private final long cost;
    private final ScheduledExecutorService scheduler;
    private final long start;
    private final long timeout;
    private volatile @Nullable Reservation held;
    private volatile @Nullable Future<?> timer;

    Waiter(
        RateLimiter<K> limiter,
        K key,
        long cost,
        long timeout,
        ScheduledExecutorService scheduler) {
      this.limiter = limiter;
      this.key = key;
      this.cost = cost;
      this.timeout = timeout;
      this.scheduler = scheduler;
      this.start = limiter.ticker().read();
    }

    void ask() {
      if (isDone()) {
        return;
      }
      long left = left();
      CompletableFuture<Reservation> asked =
          limiter.reserveAsync(key, cost, Duration.ofNanos(left));
      // A store's thread must not run what waits for this, so its answers go by the scheduler.
      CompletableFuture<Reservation> heard =
          asked.isDone()
              ? asked.whenComplete(this::answered)
              : asked.whenCompleteAsync(this::answered, scheduler);
      var unused =
          heard.exceptionally(failure -> { // of the limiter, or the scheduler was shut down
            giveUp(asked, failure);
            return null;
          });
    }

    private void giveUp(CompletableFuture<Reservation> asked, Throwable failure) {
      if (completeExceptionally(failure)) {
        var unused = asked.thenAccept(Reservation::cancel);
      }
    }

    private void answered(@Nullable Reservation reservation, @Nullable Throwable handledByAsk) {
      if (reservation == null) {
        return;
      }
      long wait = waitOf(reservation.decision(), left());
      if (wait == 0) {
        if (!complete(reservation)) {
          reservation.cancel();
        }
        return;
      }
      held = reservation;
      try {
        timer =
            scheduler.schedule(
                reservation.admitted() ? () -> complete(reservation) : this::askAgain,
                wait,
                TimeUnit.NANOSECONDS);
      } catch (RuntimeException e) { // the scheduler was shut down
        reservation.cancel();
        completeExceptionally(e);
      }
      if (isCancelled()) { // between the reservation and now, where cancel() saw neither
        release();
      }
    }

    private long left() {
      return timeout == Long.MAX_VALUE
          ? timeout
          : Math.max(0, timeout - (limiter.ticker().read() - start));
    }

    private void askAgain() {
      try {
        ask();
      } catch (RuntimeException e) {
        completeExceptionally(e);
      }
    }

    private void release() {
      Reservation reservation = held;
      if (reservation != null) {
        reservation.cancel();
      }
      Future<?> pending = timer;
      if (pending != null) {
        pending.cancel(false);
      }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      boolean cancelled = super.cancel(mayInterruptIfRunning);
      if (cancelled) {
        release();
      }
      return cancelled;
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new CompletableFuture<>();
    }
  }
}
