// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import io.gatewaykit.api.internal.Arguments;

/**
 * A limit on concurrent calls that adapts to the capacity of the callee: the core of an adaptive
 * concurrency limiter, without clock, map or keys.
 *
 * <p>A fixed limit is right for a single capacity. If the callee slows down, calls queue there and
 * all of them become slow; if it becomes faster, the limit is the bottleneck. Latency is the
 * signal: while it stays close to the latency without queueing, the limit can be raised; when it
 * rises, calls are queueing.
 *
 * <p>After each window of samples, the gradient is the latency without queueing, times a tolerance,
 * divided by the window's mean latency, clamped to 0.5..1. The target is the current limit times
 * the gradient, plus headroom for a short queue, the square root of the limit. The limit moves a
 * fifth of the way to that target. It thus grows by about its square root while nothing queues, and
 * otherwise shrinks towards the number of calls that can be served concurrently. A dropped call,
 * such as a timeout, lowers it by a tenth, at most once per window. Windows in which less than half
 * of the limit was used do not indicate the capacity and do not raise it.
 *
 * <p>If the limit is in use, the latency without queueing is measured again every hundred windows:
 * the limit is lowered to a third (at the default tolerance) until the earlier calls have
 * completed, and for one more window, whose mean is the measurement. This affects less than one per
 * cent of the calls. Without it, the limit would mistake its own queue for the latency of the
 * callee and drift upwards. If calls queue even at a third, the next measurement starts from a
 * lower limit. A window with a lower mean replaces the measurement immediately. The gradient is
 * that of [1]; [2] also measures at a lowered limit.
 *
 * <ol>
 *   <li>Netflix, concurrency-limits, {@code Gradient2Limit}
 *   <li>Envoy, adaptive concurrency filter, gradient controller
 * </ol>
 *
 * <p>Thread-safe: {@link #limit} reads one field, a sample acquires a lock briefly.
 */
public final class AdaptiveLimit {
  private static final double SMOOTHING = 0.2;
  private static final double IDLE_SMOOTHING = 0.05;
  private static final int WINDOWS_BETWEEN_PROBES = 100;
  private static final double BACKOFF = 0.9;
  private static final int MIN_SAMPLES = 10;

  private final int min;
  private final int max;
  private final double tolerance;
  private volatile int limit;

  /** The limit with its fraction, and the current window; guarded by this. */
  private double exact;

  private double unloaded;
  private double sum;
  private int samples;
  private int maxInFlight;
  private boolean dropped;
  private int windows;
  private Phase phase = Phase.STEADY;

  /** The phases of measuring the latency without queueing. */
  private enum Phase {
    STEADY,
    /** The limit is lowered; earlier calls are still in flight. */
    DRAINING,
    MEASURING
  }

  private AdaptiveLimit(int initial, int min, int max, double tolerance) {
    this.min = min;
    this.max = max;
    this.tolerance = tolerance;
    this.exact = initial;
    this.limit = initial;
  }

  /**
   * Returns a limit with lower and upper bounds.
   *
   * @param initial the initial limit, {@code min} to {@code max}
   * @param min the minimum, at least 1
   * @param max the maximum, at most 1,000,000
   */
  public static AdaptiveLimit between(int initial, int min, int max) {
    return between(initial, min, max, 1.5);
  }

  /**
   * Returns a limit with lower and upper bounds.
   *
   * @param initial the initial limit, {@code min} to {@code max}
   * @param min the minimum, at least 1
   * @param max the maximum, at most 1,000,000
   * @param tolerance the accepted latency as a multiple of that without queueing, 1 to 10
   */
  public static AdaptiveLimit between(int initial, int min, int max, double tolerance) {
    Arguments.range("min", min, 1, 1_000_000);
    Arguments.range("max", max, min, 1_000_000);
    Arguments.range("initial", initial, min, max);
    if (!(tolerance >= 1 && tolerance <= 10)) {
      throw Arguments.outside("tolerance", tolerance, "1..10");
    }
    return new AdaptiveLimit(initial, min, max, tolerance);
  }

  /** Returns the current limit on calls in flight. */
  public int limit() {
    return limit;
  }

  /**
   * Records a completed call.
   *
   * @param latencyNanos its duration in nanoseconds, without time spent waiting for admission
   * @param inFlight the number of calls in flight when it started, including itself
   */
  public void onCompleted(long latencyNanos, int inFlight) {
    record(Math.max(1, latencyNanos), inFlight, false);
  }

  /**
   * Records a call that the callee dropped or that timed out.
   *
   * @param inFlight the number of calls in flight when it started, including itself
   */
  public void onDropped(int inFlight) {
    record(0, inFlight, true);
  }

  private synchronized void record(long latency, int inFlight, boolean drop) {
    if (phase == Phase.MEASURING && inFlight > limit) {
      return; // started before the limit was lowered
    }
    maxInFlight = Math.max(maxInFlight, inFlight);
    if (!drop) {
      sum += latency;
      samples++;
    } else if (!dropped) {
      dropped = true;
      change(exact * BACKOFF);
    }
    int wanted = phase == Phase.DRAINING ? (int) exact : limit;
    if (samples >= Math.max(MIN_SAMPLES, wanted)) {
      endWindow(sum / samples);
    }
  }

  private void endWindow(double mean) {
    switch (phase) {
      case STEADY -> adapt(mean);
      case DRAINING -> phase = Phase.MEASURING;
      case MEASURING -> {
        unloaded = mean;
        phase = Phase.STEADY;
      }
    }
    sum = 0;
    samples = 0;
    maxInFlight = 0;
    dropped = false;
    change(exact);
  }

  private void adapt(double mean) {
    boolean used = maxInFlight * 2 >= limit;
    if (unloaded == 0 || mean < unloaded) {
      unloaded = mean;
    } else if (!used) {
      unloaded += (mean - unloaded) * IDLE_SMOOTHING; // this limit causes no queueing
    }
    double gradient = Math.max(0.5, Math.min(1, tolerance * unloaded / mean));
    double target = exact * gradient + Math.sqrt(exact);
    if (!dropped && (used || target < exact)) {
      exact = bounded(exact + (target - exact) * SMOOTHING);
    }
    windows++;
    if (used && windows >= WINDOWS_BETWEEN_PROBES) {
      windows = 0;
      phase = Phase.DRAINING;
    }
  }

  private double bounded(double next) {
    return Math.max(min, Math.min(max, next));
  }

  private void change(double next) {
    exact = bounded(next);
    limit = (int) (phase == Phase.STEADY ? exact : bounded(exact / (2 * tolerance)));
  }
}
