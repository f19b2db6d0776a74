package io.gatewaykit.healthcheck;

/**
 * Gives a target that real traffic took down its way back: some time after, the next real request
 * is its trial. Each failed trial doubles the wait. Lives on the engine's thread.
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
  void due(long now) {
    beginTrial.run();
  }

  /** The target went down; by a trial that failed, or not. */
  void down(boolean byTrial, long now) {
    failedTrials = byTrial ? Math.min(MAX_DOUBLINGS, failedTrials + 1) : 0;
    wheel.arm(this, now + (waitNanos << failedTrials));
  }

  /** A request is the trial; if nothing is heard of it the next one will be. */
  void taken(long now) {
    wheel.arm(this, now + waitNanos);
  }

  /** The target is up. */
  void up() {
    wheel.cancel(this);
    failedTrials = 0;
  }
}
