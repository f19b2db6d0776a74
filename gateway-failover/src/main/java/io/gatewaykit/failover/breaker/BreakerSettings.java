// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.breaker;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.failover.internal.window.CallWindow;
import io.gatewaykit.failover.internal.window.CountWindow;
import io.gatewaykit.failover.internal.window.TimeWindow;
import java.util.Locale;
import java.util.function.DoubleSupplier;

/**
 * The settings of a {@link CircuitBreaker}, with the decisions that follow from them alone.
 * Immutable.
 *
 * @param maxConsecutiveFailures {@link Integer#MAX_VALUE} if there is no limit
 * @param slowCallNanos {@link Long#MAX_VALUE} if no call is slow
 * @param countWindow the calls in the window; 0 for a time window
 */
record BreakerSettings(
    String name,
    Ticker ticker,
    CircuitBreakerListener listener,
    DoubleSupplier random,
    int maxConsecutiveFailures,
    double failureRate,
    long slowCallNanos,
    double slowRate,
    int minCalls,
    int countWindow,
    long timeWindowNanos,
    long initialOpenNanos,
    long maxOpenNanos,
    int trials,
    long trialLimitNanos) {
  /** Maximum jitter of the open period in either direction, as a fraction of it. */
  private static final double JITTER = 0.2;

  BreakerSettings with(String newName, Ticker newTicker, CircuitBreakerListener newListener) {
    return new BreakerSettings(
        newName,
        newTicker,
        newListener,
        random,
        maxConsecutiveFailures,
        failureRate,
        slowCallNanos,
        slowRate,
        minCalls,
        countWindow,
        timeWindowNanos,
        initialOpenNanos,
        maxOpenNanos,
        trials,
        trialLimitNanos);
  }

  CallWindow newWindow() {
    return countWindow > 0
        ? new CountWindow(countWindow)
        : new TimeWindow(timeWindowNanos, minCalls);
  }

  HalfOpenTrials newTrials(long now) {
    return new HalfOpenTrials(trials, trialLimitNanos, now);
  }

  boolean hasSlowCallThreshold() {
    return slowCallNanos != Long.MAX_VALUE;
  }

  boolean exceedsThreshold(long totals) {
    int calls = CallWindow.calls(totals);
    int enough = countWindow > 0 ? Math.min(minCalls, countWindow) : minCalls;
    return calls >= enough && (tooManyFailed(totals) || tooManySlow(totals));
  }

  private boolean tooManyFailed(long totals) {
    return reaches(CallWindow.failed(totals), failureRate, totals);
  }

  private boolean tooManySlow(long totals) {
    return hasSlowCallThreshold() && reaches(CallWindow.slow(totals), slowRate, totals);
  }

  /** The tolerance absorbs rounding: 7 of 100 calls reach a rate of 0.07. */
  private static boolean reaches(int bad, double rate, long totals) {
    return bad >= rate * CallWindow.calls(totals) - 1e-6;
  }

  String cause(long totals) {
    boolean failed = tooManyFailed(totals);
    int bad = failed ? CallWindow.failed(totals) : CallWindow.slow(totals);
    String result = failed ? "failed" : "were slow";
    return String.format(Locale.ROOT, "%d of %d calls %s", bad, CallWindow.calls(totals), result);
  }

  long nextOpenNanos(long openNanos) {
    return Math.min(openNanos * 2, maxOpenNanos);
  }

  long jitter(long openNanos) {
    return (long) (openNanos * (1 - JITTER + 2 * JITTER * random.getAsDouble()));
  }
}
