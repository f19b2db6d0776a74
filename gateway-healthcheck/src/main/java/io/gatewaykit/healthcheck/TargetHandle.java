package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.CheckerSnapshot.DecidedBy;

/**
 * A target for those who ask and report often: looked up once, then free of look-ups. Nothing here
 * allocates while it changes nothing. Thread-safe; a handle whose target went answers what was last
 * known and ignores reports.
 */
public final class TargetHandle {
  private final HealthChecker checker;
  private final TrafficReports reports;
  private final WatchedTarget watched;

  TargetHandle(HealthChecker checker, WatchedTarget watched) {
    this.checker = checker;
    this.watched = watched;
    reports = checker.reports();
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
    return watched.state().available() || checker.isPanicking();
  }

  /** Returns the share of its weight it may get, below 1 while it starts slowly. */
  public double weightShare() {
    return checker.slowStartShare(watched);
  }

  /**
   * Begins a request; returns the token with which to report its end. If the target's time out is
   * over, this request is its trial, and the target is not available to others until it has ended.
   */
  public long begin() {
    reports.begin(watched);
    return watched.epoch();
  }

  /**
   * Reports the end of a request. If the target's state changed since it began, the report is of
   * another time and is only counted as stale.
   *
   * @param latencyNanos from start to end, in nanoseconds; only outliers by latency look at it
   */
  public void end(long token, Outcome outcome, long latencyNanos) {
    if (isCurrent(token)) {
      reports.report(watched, outcome, 0, latencyNanos);
    } else if (outcome.againstEndpoint() || outcome == Outcome.SUCCESS) {
      watched.countStale();
    }
  }

  /** Reports the end of a request by its HTTP status; see {@link #end(long, Outcome, long)}. */
  public void endStatus(long token, int status, long latencyNanos) {
    if (isCurrent(token)) {
      reports.status(watched, status, latencyNanos);
    } else {
      watched.countStale();
    }
  }

  private boolean isCurrent(long token) {
    return token == watched.epoch();
  }

  /** Reports a good request. */
  public void reportSuccess() {
    reports.report(watched, Outcome.SUCCESS, 0, 0);
  }

  /**
   * Reports an HTTP status, 0 if what came was no HTTP. Whether it is good is the builder's {@link
   * HealthCheckerBuilder#statuses}.
   */
  public void reportStatus(int status) {
    reports.status(watched, status, 0);
  }

  /** Reports a connection that did not come about or broke. */
  public void reportTcpFailure() {
    reports.report(watched, Outcome.CONNECT_FAILURE, 0, 0);
  }

  /** Reports an answer that did not come in time. */
  public void reportTimeout() {
    reports.report(watched, Outcome.TIMEOUT, 0, 0);
  }

  /** Takes the target down at once: an answer said that it is about to fail. */
  public void failNow(String cause) {
    reports.decide(watched, false, DecidedBy.PASSIVE, requireNonNull(cause, "cause"));
  }
}
