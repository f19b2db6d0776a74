// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.healthcheck.internal.engine.ProbeLoop;
import io.gatewaykit.healthcheck.internal.engine.TimerWheel;
import io.gatewaykit.healthcheck.internal.outlier.OutlierDetector;
import io.gatewaykit.healthcheck.internal.outlier.OutlierSettings;
import io.gatewaykit.healthcheck.internal.outlier.TargetTraffic;

/**
 * Outlier detection for the targets of a checker: passes their traffic to the {@link
 * OutlierDetector} and applies its decisions. The detector runs under the lock of the registry, so
 * the number of ejected targets is exact and the last available target is never ejected.
 */
final class OutlierMonitor implements OutlierDetector.Ejector<WatchedTarget> {
  private final ProbeLoop loop;
  private final Ticker ticker;
  private final TargetRegistry registry;
  private final Object lock;
  private final long intervalNanos;
  private final OutlierDetector<WatchedTarget> detector;

  OutlierMonitor(OutlierSettings settings, ProbeLoop loop, TargetRegistry registry) {
    this.loop = loop;
    this.registry = registry;
    ticker = loop.ticker();
    lock = registry.lock();
    intervalNanos = settings.intervalNanos();
    detector = new OutlierDetector<>(settings, this, loop.seed());
  }

  /** Schedules the periodic comparison of the targets, until the checker is closed. */
  void start() {
    var sweep =
        new TimerWheel.Timer() {
          @Override
          public void due(long now) {
            if (!registry.isClosed()) {
              loop.wheel().arm(this, now + intervalNanos);
              sweep();
            }
          }
        };
    loop.execute(() -> loop.wheel().arm(sweep, ticker.read() + intervalNanos));
  }

  /** Evaluates the requests since the last sweep. */
  void sweep() {
    synchronized (lock) {
      detector.sweep(registry.orderedTargets(), ticker.read());
    }
  }

  /** Returns the counters of a new target. */
  TargetTraffic newTraffic() {
    return detector.newTraffic();
  }

  /** Records a request. Locks only if it failed. */
  void onReport(WatchedTarget watched, boolean success, boolean gatewayFailure, long latencyNanos) {
    TargetTraffic traffic = watched.traffic();
    if (traffic == null) {
      return;
    }
    traffic.count(success, gatewayFailure, latencyNanos);
    double average = detector.average(traffic, success, ticker);
    if (!success) {
      synchronized (lock) {
        detector.onFailure(
            watched, traffic, registry.orderedTargets().length, average, ticker.read());
      }
    }
  }

  void onProbePassed(WatchedTarget watched) {
    synchronized (lock) {
      detector.onProbePassed(watched);
    }
  }

  /** Ends the ejection of a target early, by an operator. */
  void cancel(WatchedTarget watched) {
    synchronized (lock) {
      detector.cancel(watched);
    }
  }

  void onRemoved(WatchedTarget watched) {
    synchronized (lock) {
      detector.onRemoved(watched);
    }
  }

  @Override
  public int available() {
    return registry.available();
  }

  @Override
  public void eject(WatchedTarget target, String cause, long until) {
    registry.apply(target, new Transition.Ejection(true, cause));
    loop.execute(() -> loop.wheel().arm(new UnejectTimer(target), until));
  }

  @Override
  public void release(WatchedTarget target, String cause) {
    registry.apply(target, new Transition.Ejection(false, cause));
  }

  @Override
  public void wouldEject(WatchedTarget target, String cause) {
    registry.publishNotice("dry run: would eject target " + target.target().id() + ": " + cause);
  }

  /** Ends an ejection when its time has elapsed instead of at the next sweep. */
  private final class UnejectTimer extends TimerWheel.Timer {
    private final WatchedTarget target;

    UnejectTimer(WatchedTarget target) {
      this.target = target;
    }

    @Override
    public void due(long now) {
      if (!target.removed && !registry.isClosed()) {
        synchronized (lock) {
          detector.release(target, now);
        }
      }
    }
  }
}
