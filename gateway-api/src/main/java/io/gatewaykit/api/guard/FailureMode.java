// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

/** The handling of a request if a guard throws an exception or its pending verdict fails. */
public enum FailureMode {
  /** The request passes this guard. For guards that protect capacity. */
  FAIL_OPEN,
  /** The request is rejected with 503. For guards that protect data. */
  FAIL_CLOSED
}
