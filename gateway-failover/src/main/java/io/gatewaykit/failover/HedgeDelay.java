// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import java.util.concurrent.atomic.AtomicLong;

/** The hedge delay of a line, which one thread at a time recomputes. Thread-safe. */
final class HedgeDelay {
  static final long NEVER = -1;

  /** The time at which it is recomputed; the minimum value: never computed. */
  private final AtomicLong dueAt = new AtomicLong(Long.MIN_VALUE);

  private volatile long nanos = NEVER;

  /** Returns true to one caller per period, which then calls {@link #set}. */
  boolean isDue(long now, long periodNanos) {
    long due = dueAt.get();
    boolean first = due == Long.MIN_VALUE;
    return (first || now - due >= 0) && dueAt.compareAndSet(due, now + periodNanos);
  }

  void set(long nanos) {
    this.nanos = nanos;
  }

  /** Returns the delay in nanoseconds, or {@link #NEVER}. */
  long nanos() {
    return nanos;
  }
}
