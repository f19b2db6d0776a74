package io.gatewaykit.healthcheck;

import io.gatewaykit.api.upstream.Outcome;

/**
 * A target for those who ask and report often: looked up once, then free of look-ups. Nothing here
 * allocates while it changes nothing. Thread-safe; a handle whose target went answers what was last
 * known and ignores reports.
 */
public final class TargetHandle {
  private final HealthChecker checker;
  private final WatchedTarget watched;

  TargetHandle(HealthChecker checker, WatchedTarget watched) {
    this.checker = checker;
    this.watched = watched;
  }

  /** Returns the target. */
  public Target target() {
    return watched.target();
  }

  /** Returns its state. */
  public TargetState state() {
    return watched.state();
  }

  /** Tells whether new requests may go there; in a panic, always. */
  public boolean isAvailable() {
    return watched.state().health().available() || checker.isPanicking();
  }

  /** Returns the share of its weight it may get, below 1 while it starts slowly. */
  public double weightShare() {
    return checker.slowStartShare(watched);
  }

  /** Begins a request; returns the token with which to report its end. */
  public long begin() {
    return watched.epoch();
  }

  /**
   * Reports the end of a request. If the target's state changed since it began, the report is of
   * another time and is only counted as stale.
   */
  public void end(long token, Outcome outcome) {
    if (token == watched.epoch()) {
      checker.report(watched, outcome);
    } else if (outcome.againstEndpoint() || outcome == Outcome.SUCCESS) {
      watched.staleReports.incrementAndGet();
    }
  }
}
