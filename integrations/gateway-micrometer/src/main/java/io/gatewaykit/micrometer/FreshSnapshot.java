// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import io.micrometer.core.instrument.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A snapshot shared by all meters of one collection; renewed when it is older than a short period.
 * Collection may run on any thread, so it is guarded by a lock.
 */
final class FreshSnapshot<S, T> {
  private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Supplier<? extends S> source;
  private final Function<? super S, ? extends T> index;
  private final Clock clock;
  private T current;
  private long takenAt;

  FreshSnapshot(Supplier<? extends S> source, Function<? super S, ? extends T> index, Clock clock) {
    this.source = source;
    this.index = index;
    this.clock = clock;
    current = index.apply(source.get());
    takenAt = clock.monotonicTime();
  }

  synchronized T get() {
    long now = clock.monotonicTime();
    if (now - takenAt >= MOMENT_NANOS) {
      takenAt = now; // set first: indexing may register meters, which read this snapshot
      current = index.apply(source.get());
    }
    return current;
  }

  /** Renews the snapshot immediately. */
  synchronized T refresh() {
    takenAt = clock.monotonicTime();
    current = index.apply(source.get());
    return current;
  }
}
