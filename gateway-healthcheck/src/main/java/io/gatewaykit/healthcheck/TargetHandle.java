// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.state.DecisionSource;
import io.gatewaykit.healthcheck.state.TargetState;

/**
 * A handle to a target, for frequent queries and reports without a lookup per call. Its methods do
 * not allocate unless they change a state. Thread-safe. If the target has been removed, the handle
 * returns its last state and ignores reports.
 */
public final class TargetHandle {
  private final WatchedTarget watched;
  private final TargetRegistry registry;
  private final TrafficReports reports;
  private final long slowStartNanos;

  TargetHandle(
      WatchedTarget watched, TargetRegistry registry, TrafficReports reports, long slowStartNanos) {
    this.watched = watched;
    this.registry = registry;
    this.reports = reports;
    this.slowStartNanos = slowStartNanos;
  }

  /** Returns the target. */
  public Target target() {
    return watched.target();
  }

  /** Returns its state. */
  public TargetState state() {
    return watched.state();
  }

  /** Returns whether new requests may be sent to the target; always true in panic mode. */
  public boolean isAvailable() {
    return watched.state().available() || registry.isPanicMode();
  }

  /** Returns the fraction of its weight that the target may receive; below 1 during slow start. */
  public double weightShare() {
    return slowStartNanos == 0 ? 1 : watched.slowStartShare(registry.now(), slowStartNanos);
  }

  /**
   * Starts a request. Returns the token for reporting its completion. If the target is due for a
   * trial, this request is the trial, and the target is unavailable to others until its completion.
   */
  public long begin() {
    reports.begin(watched);
    return watched.epoch();
  }

  /**
   * Reports the completion of a request. If the target's state has changed since the request
   * started, the report is counted as stale and otherwise ignored.
   *
   * @param latencyNanos the duration of the request, in nanoseconds; used only by outlier detection
   *     by latency
   */
  public void end(long token, Outcome outcome, long latencyNanos) {
    if (isCurrent(token)) {
      reports.report(watched, outcome, 0, latencyNanos);
    } else if (outcome.againstEndpoint() || outcome == Outcome.SUCCESS) {
      watched.countStale();
    }
  }

  /**
   * Reports the completion of a request by its HTTP status; see {@link #end(long, Outcome, long)}.
   */
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

  /** Reports a successful request. */
  public void reportSuccess() {
    reports.report(watched, Outcome.SUCCESS, 0, 0);
  }

  /**
   * Reports an HTTP status; 0 if the response was not HTTP. Its meaning is defined by {@link
   * PassiveRules.Builder#statuses}.
   */
  public void reportStatus(int status) {
    reports.status(watched, status, 0);
  }

  /** Reports a connection that failed or broke. */
  public void reportTcpFailure() {
    reports.report(watched, Outcome.CONNECT_FAILURE, 0, 0);
  }

  /** Reports a timeout. */
  public void reportTimeout() {
    reports.report(watched, Outcome.TIMEOUT, 0, 0);
  }

  /** Makes the target unhealthy immediately, because a response announced an imminent failure. */
  public void failNow(String cause) {
    requireNonNull(cause, "cause");
    registry.apply(watched, new Transition.Settled(false, DecisionSource.PASSIVE, cause));
  }
}
