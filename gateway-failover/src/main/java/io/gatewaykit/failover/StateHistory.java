// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.GroupSnapshot.StateChange;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** Holds the last observed state with its start and cause. Thread-safe. */
final class StateHistory<S extends Enum<S>> {
  /** A state, the time at which it was first observed, and its cause. */
  record Entry<S>(S state, long since, String cause) {
    StateChange lastChange(long now) {
      return new StateChange(since, Duration.ofNanos(now - since), cause);
    }
  }

  private final AtomicReference<Entry<S>> last;

  StateHistory(S state, long now, String cause) {
    last = new AtomicReference<>(new Entry<>(state, now, cause));
  }

  Entry<S> last() {
    return last.get();
  }

  /** Records the state if it differs from the last one; returns the current entry. */
  Entry<S> update(S state, long now, Function<S, String> causeAfter) {
    Entry<S> before = last.get();
    if (before.state == state) {
      return before;
    }
    Entry<S> next = new Entry<>(state, now, causeAfter.apply(before.state));
    return last.compareAndSet(before, next) ? next : last.get();
  }
}
