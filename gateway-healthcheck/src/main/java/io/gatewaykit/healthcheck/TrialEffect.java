// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

/** The effect of a {@link Transition} on the trials of its target. */
enum TrialEffect {
  /** None. */
  NONE,
  /** Real traffic or an operator made the target unhealthy: a first trial is due. */
  DOWN,
  /** The trial failed: another one is due, after a longer delay. */
  TRIAL_FAILED,
  /** A request became the trial. */
  TAKEN,
  /** The target is healthy again: no trial is due. */
  UP
}
