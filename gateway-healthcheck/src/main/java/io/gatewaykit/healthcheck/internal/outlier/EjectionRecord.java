// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.outlier;

/** The ejections of a target, in ticker time. Guarded by the checker's lock. */
final class EjectionRecord {
  /** The factor of the next ejection's duration; 0 without recent ejections. */
  int multiplier;

  /** The end of the current or last ejection. */
  long until;

  /** The time at which the multiplier decreases next. */
  long decayAt;
}
