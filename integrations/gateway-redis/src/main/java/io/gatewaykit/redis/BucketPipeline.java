// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.Balance;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Decision.Source;
import io.gatewaykit.ratelimit.Gcra;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.Reservation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides on buckets in stages: prefetched permits, deny cache, Redis, failure policy. Takes key
 * names and compiled limits.
 */
final class BucketPipeline implements BucketSender.Interceptor, BucketRequest.Owner {
  private static final Script SCRIPT = Script.load(Script.SERVER_CLOCK, "bucket.lua");
  private static final Script TEST_SCRIPT = Script.load(Script.CALLERS_CLOCK, "bucket.lua");

  private final RedisStore store;
  private final BucketSender sender;
  private final Fallback fallback;
  private final @Nullable DenyCache denyCache;
  private final @Nullable PermitCache prefetched;
  private final int prefetch;
  private final Ticker ticker;

  private final LongAdder remote = new LongAdder();
  private final LongAdder leased = new LongAdder();
  private final LongAdder denied = new LongAdder();
  private final LongAdder fallbacks = new LongAdder();
  private final LongAdder lost = new LongAdder();

  BucketPipeline(BucketSettings settings) {
    LimiterSettings common = settings.common();
    store = common.store();
    ticker = settings.ticker();
    fallback = new Fallback(common, ticker);
    denyCache = settings.denyCache() ? new DenyCache(ticker) : null;
    prefetch = settings.prefetch();
    prefetched = prefetch == 0 ? null : new PermitCache(prefetch, settings.prefetchNanos());
    Ticker clock = common.scriptClock();
    Script script = clock == null ? SCRIPT : TEST_SCRIPT;
    sender = new BucketSender(store, script, settings.coalescing(), ticker, clock, this);
  }

  CompletableFuture<Decision> check(String name, Gcra gcra, long cost, long maxDelay) {
    if (cost == 0) {
      return peek(name, gcra, 1, maxDelay);
    }
    Decision now = immediate(name, gcra, cost, maxDelay);
    if (now != null) {
      return CompletableFuture.completedFuture(now);
    }
    if (store.executor.rejects(name)) {
      return CompletableFuture.completedFuture(fallenBack(name, gcra, cost, maxDelay));
    }
    return submit(new BucketRequest(name, gcra, cost, maxDelay, BucketRequest.Mode.TAKE, this))
        .thenApply(BucketRequest.Grant::decision);
  }

  private Decision fallenBack(String name, Gcra gcra, long cost, long maxDelay) {
    fallbacks.increment();
    return maxDelay == Long.MAX_VALUE
        ? fallback.check(name, gcra.limit(), cost)
        : fallback.reserve(name, gcra.limit(), cost, Duration.ofNanos(maxDelay)).decision();
  }

  CompletableFuture<Decision> peek(String name, Gcra gcra, long cost, long maxDelay) {
    if (isSpecial(gcra)) {
      return CompletableFuture.completedFuture(special(gcra, cost));
    }
    return submit(
            new BucketRequest(
                name, gcra, Math.max(1, cost), maxDelay, BucketRequest.Mode.PEEK, this))
        .thenApply(BucketRequest.Grant::decision);
  }

  /**
   * Reserves permits.
   *
   * @param current returns the limit of the key when the reservation is settled
   */
  CompletableFuture<Reservation> reserve(
      String name, Gcra gcra, long cost, long maxDelay, Supplier<Gcra> current) {
    if (cost == 0) {
      return peek(name, gcra, 1, maxDelay)
          .thenApply(peeked ->
              Reservation.free(
                  peeked,
                  actual -> {
                    Gcra then = current.get();
                    settle(name, Settlement.charge(then, actual));
                    Balance ignored = fallback.charge(name, then.limit(), actual);
                  }));
    }
    Decision now = isSpecial(gcra) ? special(gcra, cost) : rejection(name, gcra, cost, maxDelay);
    if (now != null) {
      return CompletableFuture.completedFuture(
          now.admitted() ? Reservation.of(now, actual -> {}) : Reservation.rejected(now));
    }
    if (store.executor.rejects(name)) {
      fallbacks.increment();
      return CompletableFuture.completedFuture(
          fallback.reserve(name, gcra.limit(), cost, Duration.ofNanos(maxDelay)));
    }
    return submit(new BucketRequest(name, gcra, cost, maxDelay, BucketRequest.Mode.RESERVE, this))
        .thenApply(grant -> reservation(name, grant, gcra, cost, current));
  }

  private Reservation reservation(
      String name, BucketRequest.Grant grant, Gcra gcra, long cost, Supplier<Gcra> current) {
    if (!grant.decision().admitted()) {
      return Reservation.rejected(grant.decision());
    }
    Reservation local = grant.local();
    if (local != null) {
      return local;
    }
    GrantReceipt receipt = requireNonNull(grant.receipt());
    Reservation share = fallback.reserved(name, gcra.limit(), cost);
    return Reservation.of(
        grant.decision(),
        actual -> {
          if (actual == cost) {
            return;
          }
          if (share != null) {
            share.settle(actual);
          }
          if (actual > cost) {
            settle(name, Settlement.excess(current.get(), actual - cost));
          } else if (current.get() == gcra) {
            settle(name, Settlement.refund(gcra.weigh(cost) - gcra.weigh(actual), receipt));
          }
        });
  }

  private void settle(String name, Settlement settlement) {
    if (denyCache != null) {
      denyCache.remove(name);
    }
    var ignored =
        settlement.done.thenAccept(balance -> {
          if (balance == null) {
            lost.increment();
          }
        });
    sender.submit(name, settlement);
  }

  CompletableFuture<Balance> charge(String name, Gcra gcra, long permits) {
    if (isSpecial(gcra)) {
      return CompletableFuture.completedFuture(Balance.of(gcra, 0, 0, 0));
    }
    Settlement charge = Settlement.charge(gcra, permits);
    sender.submit(name, charge);
    return charge.done.thenApply(balance -> {
      if (balance == null) {
        lost.increment();
        return fallback.charge(name, gcra.limit(), permits);
      }
      Balance ignored = fallback.charge(name, gcra.limit(), permits);
      return balance;
    });
  }

  CompletableFuture<Void> reset(String name, Gcra gcra) {
    fallback.reset(name, gcra.limit());
    if (isSpecial(gcra)) {
      return CompletableFuture.completedFuture(null);
    }
    Settlement reset = Settlement.reset(gcra);
    settle(name, reset);
    return reset.done.thenAccept(balance -> {
      if (denyCache != null) {
        denyCache.remove(name); // an earlier rejection may have been cached meanwhile
      }
    });
  }

  private CompletableFuture<BucketRequest.Grant> submit(BucketRequest request) {
    sender.submit(request.key, request);
    return request.answer;
  }

  /** Returns the decision if it does not require Redis; otherwise null. */
  private @Nullable Decision immediate(String name, Gcra gcra, long cost, long maxDelay) {
    if (isSpecial(gcra)) {
      return special(gcra, cost);
    }
    if (prefetched != null) {
      Decision lease = prefetched.take(name, gcra, cost, ticker.read());
      if (lease != null) {
        leased.increment();
        fallback.admitted(name, gcra.limit(), cost);
        return lease;
      }
    }
    return rejection(name, gcra, cost, maxDelay);
  }

  /** Returns a rejection if the deny cache proves it; otherwise null. */
  private @Nullable Decision rejection(String name, Gcra gcra, long cost, long maxDelay) {
    if (denyCache == null) {
      return null;
    }
    long backlog = denyCache.backlog(name, gcra);
    // While the smallest cost is rejected, nothing has been admitted since and the cached backlog
    // is exact. With prefetching, the smallest useful cost is one lease.
    long least = Math.max(1, PermitCache.maxSize(gcra.limit(), prefetch));
    if (backlog == 0 || gcra.decide(backlog, least, 0) >= 0) {
      return null;
    }
    long bounded = Math.max(cost, least);
    long unbounded = gcra.decide(backlog, bounded, 0);
    if (unbounded == RateLimiter.IMPOSSIBLE) {
      return null;
    }
    denied.increment();
    long answer = gcra.within(unbounded, backlog, bounded, 0, maxDelay);
    return Decision.of(gcra, answer, backlog, 0, Source.DENY_CACHE);
  }

  private static boolean isSpecial(Gcra gcra) {
    return gcra.interval() == 0;
  }

  private static Decision special(Gcra gcra, long cost) {
    return Decision.of(gcra, gcra.decide(0, Math.max(1, cost), 0), 0, 0, Source.LOCAL);
  }

  @Override
  public void beforeSend(
      String key,
      Gcra gcra,
      long sentAt,
      List<BucketOperation> before,
      List<BucketOperation> after) {
    if (prefetched == null) {
      return;
    }
    Settlement leftover = prefetched.leftover(key, gcra, sentAt);
    if (leftover != null) {
      before.add(leftover);
    }
    long wanted = prefetched.wanted(key, gcra, sentAt);
    if (wanted > 0) {
      after.add(new PermitPrefetch(prefetched, key, gcra, wanted, sentAt));
    }
  }

  @Override
  public void afterReply(String key, Gcra gcra, long sentAt, long backlog) {
    if (denyCache != null) {
      denyCache.record(key, gcra, sentAt, backlog);
    }
  }

  @Override
  public void decided(BucketRequest request, Decision decision) {
    remote.increment();
    if (decision.admitted() && request.takes() && !request.reserves()) {
      fallback.admitted(request.key, request.gcra().limit(), request.cost);
    }
  }

  @Override
  public BucketRequest.Grant decide(BucketRequest request) {
    fallbacks.increment();
    Limit limit = request.gcra().limit();
    if (!request.takes()) {
      Decision seen = fallback.peek(request.key, limit, request.cost).within(request.maxDelay);
      return new BucketRequest.Grant(seen, null, null);
    }
    Reservation local =
        fallback.reserve(request.key, limit, request.cost, Duration.ofNanos(request.maxDelay));
    return new BucketRequest.Grant(local.decision(), null, local);
  }

  RedisLimiterSnapshot snapshot() {
    return new RedisLimiterSnapshot(
        remote.sum(),
        leased.sum(),
        denied.sum(),
        fallbacks.sum(),
        sender.repaired.sum(),
        sender.clockSteps.sum(),
        lost.sum());
  }

  /** Returns all prefetched permits to Redis. */
  void close() {
    if (prefetched != null) {
      prefetched.close(sender::submit);
    }
  }
}
