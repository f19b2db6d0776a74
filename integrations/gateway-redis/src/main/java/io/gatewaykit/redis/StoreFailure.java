// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import org.jspecify.annotations.Nullable;

/**
 * The reason why Redis did not decide.
 *
 * @param cause the kind of failure
 * @param message further details, or null
 */
record StoreFailure(Cause cause, @Nullable String message) {
  static final StoreFailure OPEN = new StoreFailure(Cause.BREAKER_OPEN, null);
  static final StoreFailure OVERLOADED = new StoreFailure(Cause.OVERLOADED, null);
  static final StoreFailure TIMEOUT = new StoreFailure(Cause.TIMEOUT, null);
  static final StoreFailure DISCONNECTED = new StoreFailure(Cause.DISCONNECTED, null);
  static final StoreFailure CLOSED = new StoreFailure(Cause.DISCONNECTED, "the store is closed");

  enum Cause {
    /** No reply within the deadline. */
    TIMEOUT,
    /** Not connected, or the connection was lost. */
    DISCONNECTED,
    /** Error reply of a server that is loading, read-only, out of memory, or denies access. */
    UNABLE,
    /** Error reply to this call only: the key holds another type. */
    REJECTED,
    /** Not sent: the breaker is open. */
    BREAKER_OPEN,
    /** Not sent: too many calls in flight. */
    OVERLOADED
  }

  /** Returns whether the failure concerns Redis in general and so counts for the breaker. */
  boolean isOfTheStore() {
    return cause == Cause.TIMEOUT || cause == Cause.DISCONNECTED || cause == Cause.UNABLE;
  }

  @Override
  public String toString() {
    return message == null ? cause.toString() : cause + ": " + message;
  }
}
