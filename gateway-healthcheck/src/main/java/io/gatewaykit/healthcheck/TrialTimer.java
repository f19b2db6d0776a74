package io.gatewaykit.healthcheck;

/**
 * Gives a target without probes its way back: some time after it went down, the next real request
 * is its trial. Each failed trial doubles the wait. Lives on the engine's thread.
 */
final class TrialTimer extends TimerWheel.Timer {
  private static final int MAX_DOUBLINGS = 5;

  private final Runnable beginTrial;
  private final long waitNanos;
  private int failedTrials;
  private volatile boolean onTrial;

  TrialTimer(long waitNanos, Runnable beginTrial) {
    this.waitNanos = waitNanos;
    this.beginTrial = beginTrial;
  }

  boolean isTrial() {
    return onTrial;
  }

  @Override
  void due(long now) {
    onTrial = true;
    beginTrial.run();
  }

  /** Called after each change of the target. */
  void changed(TimerWheel wheel, TargetState state, long now) {
    if (state == TargetState.UNHEALTHY && !isArmed()) {
      failedTrials = onTrial ? Math.min(MAX_DOUBLINGS, failedTrials + 1) : 0;
      onTrial = false;
      wheel.arm(this, now + (waitNanos << failedTrials));
    } else if (state == TargetState.HEALTHY || state == TargetState.MOSTLY_HEALTHY) {
      wheel.cancel(this);
      onTrial = false;
      failedTrials = 0;
    }
  }
}
