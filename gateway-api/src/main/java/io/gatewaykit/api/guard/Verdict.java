// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** A guard's decision about a request. */
public sealed interface Verdict {

  /** The request may proceed now. */
  enum Allow implements Verdict {
    /** The singleton. */
    INSTANCE
  }

  /**
   * The request may proceed after a delay, during which the adapter does not block a thread.
   *
   * @param nanos the delay, in nanoseconds, more than 0
   */
  record Delay(long nanos) implements Verdict {
    /**
     * Validates the delay.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Delay(long nanos) {
      if (nanos <= 0) {
        throw Arguments.outside("nanos", nanos, "> 0");
      }
      this.nanos = nanos;
    }
  }

  /**
   * The request is rejected.
   *
   * @param rejection the response to the client
   */
  record Reject(Rejection rejection) implements Verdict {
    /** Validates that the rejection is not null. */
    public Reject(Rejection rejection) {
      this.rejection = requireNonNull(rejection, "rejection");
    }
  }

  /**
   * The decision is not available yet.
   *
   * @param verdict completes with the decision; never with another pending one
   */
  record Pending(CompletionStage<? extends Verdict> verdict) implements Verdict {
    /** Validates that the stage is not null. */
    public Pending(CompletionStage<? extends Verdict> verdict) {
      this.verdict = requireNonNull(verdict, "verdict");
    }
  }

  /** Returns the verdict that admits the request; always the same object. */
  static Verdict allow() {
    return Allow.INSTANCE;
  }

  /**
   * Returns a verdict that admits the request after a delay; {@link #allow()} if the delay is zero
   * or negative.
   */
  static Verdict delay(Duration wait) {
    return delayNanos(wait.toNanos());
  }

  /** Returns a verdict that admits the request after a delay in nanoseconds; 0 or less for none. */
  static Verdict delayNanos(long nanos) {
    return nanos <= 0 ? Allow.INSTANCE : new Delay(nanos);
  }

  /** Returns a verdict that rejects the request. */
  static Verdict reject(Rejection rejection) {
    return new Reject(rejection);
  }

  /** Returns a verdict that becomes available later. */
  static Verdict pending(CompletionStage<? extends Verdict> verdict) {
    return new Pending(verdict);
  }
}
