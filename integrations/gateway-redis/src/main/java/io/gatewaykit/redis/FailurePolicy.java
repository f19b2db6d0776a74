// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

/** Decisions of a limiter while Redis is unavailable. */
public enum FailurePolicy {
  /**
   * A limiter in this process applies this node's share of the limit. It has counted the requests
   * admitted on this node before, so an outage grants no fresh burst to clients that have just used
   * theirs.
   */
  LOCAL,
  /** Admits all requests, without delay. */
  OPEN,
  /** Rejects all requests, with a retry time of one second. */
  CLOSED
}
