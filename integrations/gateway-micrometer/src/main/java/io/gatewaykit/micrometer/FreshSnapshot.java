package io.gatewaykit.micrometer;

import io.micrometer.core.instrument.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A snapshot that all meters of one collection share: taken anew once it is older than a moment.
 * Meters are read by whoever collects, so it is guarded by a lock.
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
      takenAt = now; // first: indexing may register meters, which reads them
      current = index.apply(source.get());
    }
    return current;
  }

  /** Takes it anew now. */
  synchronized T refresh() {
    takenAt = clock.monotonicTime();
    current = index.apply(source.get());
    return current;
  }
}
