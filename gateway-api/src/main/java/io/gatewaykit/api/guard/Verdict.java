package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** What a guard says of a request. */
public sealed interface Verdict {

  /** The request may pass now. */
  enum Allow implements Verdict {
    /** The only instance. */
    INSTANCE
  }

  /**
   * The request may pass after a wait, which the adapter spends without blocking a thread.
   *
   * @param nanos how long to wait, in nanoseconds, more than 0
   */
  record Delay(long nanos) implements Verdict {
    /**
     * Checks the wait.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Delay(long nanos) {
      if (nanos <= 0) {
        throw new IllegalArgumentException("nanos: " + nanos + " (expected: > 0)");
      }
      this.nanos = nanos;
    }
  }

  /**
   * The request must not pass.
   *
   * @param rejection what to answer
   */
  record Reject(Rejection rejection) implements Verdict {
    /** Checks that the rejection is not null. */
    public Reject(Rejection rejection) {
      this.rejection = requireNonNull(rejection, "rejection");
    }
  }

  /**
   * The verdict is not known yet.
   *
   * @param verdict completes with it; never with another pending one
   */
  record Pending(CompletionStage<? extends Verdict> verdict) implements Verdict {
    /** Checks that the stage is not null. */
    public Pending(CompletionStage<? extends Verdict> verdict) {
      this.verdict = requireNonNull(verdict, "verdict");
    }
  }

  /** Returns the verdict that lets the request pass: always the same object. */
  static Verdict allow() {
    return Allow.INSTANCE;
  }

  /** Returns the verdict that lets the request pass after a wait; no wait is {@link #allow()}. */
  static Verdict delay(Duration wait) {
    return delayNanos(wait.toNanos());
  }

  /**
   * Returns the verdict that lets the request pass after a wait in nanoseconds, 0 or less for none.
   */
  static Verdict delayNanos(long nanos) {
    return nanos <= 0 ? Allow.INSTANCE : new Delay(nanos);
  }

  /** Returns the verdict that refuses the request. */
  static Verdict reject(Rejection rejection) {
    return new Reject(rejection);
  }

  /** Returns the verdict that is not known yet. */
  static Verdict pending(CompletionStage<? extends Verdict> verdict) {
    return new Pending(verdict);
  }
}
