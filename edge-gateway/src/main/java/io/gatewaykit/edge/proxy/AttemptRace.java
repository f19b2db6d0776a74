// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.Attempts;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.SelectContext;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of an exchange: sequential, or two in parallel of which the first response wins.
 * Confined to one event loop.
 */
final class AttemptRace {
  /** Each attempt has its own timeout; their sum is not bounded. */
  private static final Duration MAX_DURATION = Duration.ofDays(1);

  /**
   * The timeout of a superseded attempt, as a multiple of the hedge delay and at least {@link
   * #MIN_SUPERSEDED_NANOS}. It is much shorter than the per-try timeout, so a hanging server is
   * ejected while hedges still hide its failures.
   */
  private static final int SUPERSEDED_FACTOR = 10;

  private static final long MIN_SUPERSEDED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Attempt.Owner owner;
  private final EventExecutor loop;
  private final UpstreamPool pool;
  private final ProxySettings settings;
  private final Attempts<InetSocketAddress> attempts;

  /** The attempt to which the request is streamed. */
  private @Nullable Attempt main;

  /** The parallel attempt, started once the request was complete. */
  private @Nullable Attempt hedge;

  /** The attempt whose response is forwarded. */
  private @Nullable Attempt winner;

  private @Nullable Future<?> hedgeTimer;
  private long hedgeNanos;

  AttemptRace(
      Attempt.Owner owner,
      EventExecutor loop,
      UpstreamPool pool,
      FailoverGroup<InetSocketAddress> group,
      SelectContext context,
      ProxySettings settings) {
    this.owner = owner;
    this.loop = loop;
    this.pool = pool;
    this.settings = settings;
    attempts = group.begin(context, MAX_DURATION);
  }

  /** Starts the next main attempt. Returns false if no endpoint is available. */
  boolean startNext() {
    Lease<InetSocketAddress> lease = attempts.next();
    if (lease == null) {
      return false;
    }
    main = attempt(lease);
    main.start();
    return true;
  }

  private Attempt attempt(Lease<InetSocketAddress> lease) {
    return new Attempt(owner, pool, lease, settings.connectTimeout());
  }

  boolean mayRetry(Outcome outcome) {
    return attempts.mayRetry(outcome);
  }

  /** Schedules the hedge, unless it is scheduled or the race is won. */
  void hedgeLater() {
    if (hedgeTimer != null || winner != null) {
      return;
    }
    Duration delay = attempts.hedgeDelay();
    if (delay != null) {
      hedgeNanos = delay.toNanos();
      hedgeTimer = loop.schedule(this::startHedge, hedgeNanos, TimeUnit.NANOSECONDS);
    }
  }

  private void startHedge() {
    hedgeTimer = null;
    if (winner != null || main == null || hedge != null) {
      return;
    }
    Lease<InetSocketAddress> lease = attempts.hedge();
    if (lease != null) {
      hedge = attempt(lease);
      hedge.start();
    }
  }

  void stopHedging() {
    if (hedgeTimer != null) {
      hedgeTimer.cancel(false);
      hedgeTimer = null;
    }
  }

  /** Removes a failed attempt. Returns whether another one is in flight. */
  boolean remove(Attempt attempt) {
    if (attempt == hedge) {
      hedge = null;
    } else {
      main = null;
    }
    return main != null || hedge != null;
  }

  /** Ends the race. The other attempt continues for a bounded time, to measure its server. */
  void win(Attempt attempt) {
    Attempt other = attempt == hedge ? main : hedge;
    winner = attempt;
    main = null;
    hedge = null;
    stopHedging();
    if (other != null) {
      other.supersede(supersededNanos());
    }
  }

  /** Makes the only attempt the winner. */
  void accept(Attempt attempt) {
    winner = attempt;
  }

  private long supersededNanos() {
    return Math.min(
        settings.perTryTimeout().toNanos(),
        Math.max(MIN_SUPERSEDED_NANOS, SUPERSEDED_FACTOR * hedgeNanos));
  }

  boolean isWon() {
    return winner != null;
  }

  boolean isWinner(Attempt attempt) {
    return attempt == winner;
  }

  boolean hasMain() {
    return main != null;
  }

  boolean isMain(Attempt attempt) {
    return attempt == main;
  }

  /** Returns the attempt to which the request is streamed. */
  @Nullable Attempt receiver() {
    return winner == null ? main : winner;
  }

  void cancelMain() {
    cancel(main);
  }

  void cancel() {
    cancel(main);
    cancel(hedge);
    cancel(winner);
  }

  private static void cancel(@Nullable Attempt attempt) {
    if (attempt != null) {
      attempt.cancel();
    }
  }
}
