// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

/** The treatment of a call that its limit does not admit immediately. */
public enum OnReject {
  /** Throws a {@link RateLimitedException}; an asynchronous method fails with it instead. */
  THROW,
  /**
   * Waits for the permits, up to {@link RateLimited#maxWait}. A synchronous method holds its thread
   * while it waits.
   */
  DELAY,
  /** Calls {@link RateLimited#fallback} instead of the method. */
  FALLBACK
}
