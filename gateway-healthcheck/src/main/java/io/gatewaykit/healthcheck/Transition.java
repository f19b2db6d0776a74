// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.internal.verdict.Report;
import io.gatewaykit.healthcheck.state.DecisionSource;
import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.TargetState;

/**
 * A change to the state of a target. The {@link TargetRegistry} applies it under its lock, and
 * publishes an event if the state of the target is a different one afterwards.
 */
sealed interface Transition {
  /** Returns the origin of the change. */
  DecisionSource decidedBy();

  /** Returns the reason, human-readable. */
  String cause();

  /** Applies the change to a target. Called under the lock. */
  TrialEffect applyTo(WatchedTarget target);

  /**
   * A completed probe.
   *
   * @param decisive whether the result applies regardless of the thresholds
   */
  record Probed(ProbeResult result, boolean decisive) implements Transition {
    @Override
    public DecisionSource decidedBy() {
      return DecisionSource.ACTIVE;
    }

    @Override
    public String cause() {
      return result.detail();
    }

    @Override
    public TrialEffect applyTo(WatchedTarget target) {
      target.applyProbe(result.cause(), decisive);
      return TrialEffect.NONE;
    }
  }

  /** A report of real traffic. */
  record Reported(Report report, String cause) implements Transition {
    @Override
    public DecisionSource decidedBy() {
      return DecisionSource.PASSIVE;
    }

    @Override
    public TrialEffect applyTo(WatchedTarget target) {
      return target.applyReport(report);
    }
  }

  /** A step of a trial. */
  enum Trial implements Transition {
    /** The next request is the trial. */
    OPENED("waiting for a trial request"),
    /** A request has become the trial. */
    TAKEN("trial request in flight"),
    /** The trial ended without a result, so the next request takes its place. */
    RETURNED("trial request returned no result");

    private final String cause;

    Trial(String cause) {
      this.cause = cause;
    }

    @Override
    public DecisionSource decidedBy() {
      return DecisionSource.SYSTEM;
    }

    @Override
    public String cause() {
      return cause;
    }

    @Override
    public TrialEffect applyTo(WatchedTarget target) {
      switch (this) {
        case OPENED -> target.openTrial();
        case TAKEN -> target.setTrialTaken(true);
        case RETURNED -> target.setTrialTaken(false);
      }
      return this == TAKEN ? TrialEffect.TAKEN : TrialEffect.NONE;
    }
  }

  /** Both verdicts are set and all counts cleared. */
  record Settled(boolean up, DecisionSource decidedBy, String cause) implements Transition {
    @Override
    public TrialEffect applyTo(WatchedTarget target) {
      target.settle(up ? TargetState.HEALTHY : TargetState.UNHEALTHY);
      return up ? TrialEffect.UP : TrialEffect.DOWN;
    }
  }

  /** An operator's override. */
  record Overridden(TargetState state, String cause) implements Transition {
    @Override
    public DecisionSource decidedBy() {
      return DecisionSource.ADMIN;
    }

    @Override
    public TrialEffect applyTo(WatchedTarget target) {
      target.override(state);
      return TrialEffect.NONE;
    }
  }

  /** The end of an operator's override. */
  record OverrideCleared() implements Transition {
    @Override
    public DecisionSource decidedBy() {
      return DecisionSource.ADMIN;
    }

    @Override
    public String cause() {
      return "override cleared by an operator";
    }

    @Override
    public TrialEffect applyTo(WatchedTarget target) {
      target.override(null);
      return TrialEffect.NONE;
    }
  }

  /** The start or the end of an ejection by outlier detection. */
  record Ejection(boolean started, String cause) implements Transition {
    @Override
    public DecisionSource decidedBy() {
      return DecisionSource.OUTLIER;
    }

    @Override
    public TrialEffect applyTo(WatchedTarget target) {
      target.setEjected(started);
      return TrialEffect.NONE;
    }
  }
}
