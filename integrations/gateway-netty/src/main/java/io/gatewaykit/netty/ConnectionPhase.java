// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

/** The progress of a connection with its current request. */
enum ConnectionPhase {
  /** Between two requests. */
  IDLE,
  /** Waiting for a verdict on the head or body. */
  DECIDING,
  /** Collecting the body for the guards. */
  COLLECTING,
  /** The request is allowed, and its messages are passed on. */
  PASSING,
  /** The request is rejected, and its remaining messages are discarded. */
  REJECTED,
  /** The connection has been upgraded and is no longer guarded. */
  TUNNEL,
  /** The connection is closed or closing, and all messages are discarded. */
  CLOSING
}
