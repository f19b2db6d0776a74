// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.internal.engine.TimerWheel;

/**
 * Schedules the trial of a target that real traffic marked unhealthy: after a delay, the next real
 * request is the trial. Each failed trial doubles the delay. Confined to the engine thread.
 */
final class TrialTimer extends TimerWheel.Timer {
  private static final int MAX_DOUBLINGS = 5;

  private final TimerWheel wheel;
  private final Runnable beginTrial;
  private final long waitNanos;
  private int failedTrials;

  TrialTimer(TimerWheel wheel, Runnable beginTrial, long waitNanos) {
    this.wheel = wheel;
    this.beginTrial = beginTrial;
    this.waitNanos = waitNanos;
  }

  @Override
  public void due(long now) {
    beginTrial.run();
  }

  /** Called when the target became unhealthy, with whether a failed trial was the cause. */
  void down(boolean byTrial, long now) {
    failedTrials = byTrial ? Math.min(MAX_DOUBLINGS, failedTrials + 1) : 0;
    wheel.arm(this, now + (waitNanos << failedTrials));
  }

  /** Called when a request becomes the trial. Without a report, a later one takes its place. */
  void taken(long now) {
    wheel.arm(this, now + waitNanos);
  }

  /** Called when the target is healthy again. */
  void up() {
    wheel.cancel(this);
    failedTrials = 0;
  }
}
