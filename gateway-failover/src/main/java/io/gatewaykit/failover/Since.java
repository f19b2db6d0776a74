package io.gatewaykit.failover;

import io.gatewaykit.failover.GroupSnapshot.Standing;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** Remembers since when something has the state it was last seen in, and why. Thread-safe. */
final class Since<S extends Enum<S>> {
  /** A state with the time it was first seen. */
  record Seen<S>(S state, long since, String cause) {
    Standing standing(long now) {
      return new Standing(since, Duration.ofNanos(now - since), cause);
    }
  }

  private final AtomicReference<Seen<S>> last;

  Since(S state, long now, String cause) {
    last = new AtomicReference<>(new Seen<>(state, now, cause));
  }

  Seen<S> last() {
    return last.get();
  }

  /** Returns what was seen last; if it is another state than that, remembers the new one first. */
  Seen<S> see(S state, long now, Function<S, String> causeAfter) {
    Seen<S> before = last.get();
    if (before.state == state) {
      return before;
    }
    Seen<S> next = new Seen<>(state, now, causeAfter.apply(before.state));
    return last.compareAndSet(before, next) ? next : last.get();
  }
}
