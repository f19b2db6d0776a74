package io.gatewaykit.redis;

import org.jspecify.annotations.Nullable;

/**
 * Why Redis did not decide.
 *
 * @param cause what kind of failure it was
 * @param message what is known beyond that
 */
record StoreFailure(Cause cause, @Nullable String message) {
  static final StoreFailure OPEN = new StoreFailure(Cause.BREAKER_OPEN, null);
  static final StoreFailure OVERLOADED = new StoreFailure(Cause.OVERLOADED, null);
  static final StoreFailure TIMEOUT = new StoreFailure(Cause.TIMEOUT, null);
  static final StoreFailure DISCONNECTED = new StoreFailure(Cause.DISCONNECTED, null);
  static final StoreFailure CLOSED = new StoreFailure(Cause.DISCONNECTED, "the store is closed");

  enum Cause {
    /** No answer within the deadline. */
    TIMEOUT,
    /** There is no connection, or it was lost. */
    DISCONNECTED,
    /** Redis answered that it cannot serve: loading, read-only, out of memory, not allowed. */
    UNABLE,
    /** Redis refused this call alone: the key holds something else. */
    REFUSED,
    /** Not asked: the breaker is open. */
    BREAKER_OPEN,
    /** Not asked: too many calls are under way. */
    OVERLOADED
  }

  /** Whether it says something of Redis as a whole, and so counts for the breaker. */
  boolean isOfTheStore() {
    return cause == Cause.TIMEOUT || cause == Cause.DISCONNECTED || cause == Cause.UNABLE;
  }

  @Override
  public String toString() {
    return message == null ? cause.toString() : cause + ": " + message;
  }
}
