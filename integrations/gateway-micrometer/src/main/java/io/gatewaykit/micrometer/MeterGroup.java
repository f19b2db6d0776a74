package io.gatewaykit.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Meters that come together and go together. The registry holds what they read from, so they live
 * on when nobody else holds it any more. Filled by one thread.
 */
final class MeterGroup implements AutoCloseable {
  private final MeterRegistry registry;
  private final List<Meter> meters = new ArrayList<>();

  MeterGroup(MeterRegistry registry) {
    this.registry = registry;
  }

  private <M extends Meter> M added(M meter) {
    meters.add(meter);
    return meter;
  }

  /** A counter to be incremented. */
  Counter counter(String name, String description, Tags tags) {
    return added(Counter.builder(name).description(description).tags(tags).register(registry));
  }

  /** A timer to be recorded into. */
  Timer timer(String name, String description, Tags tags) {
    return added(Timer.builder(name).description(description).tags(tags).register(registry));
  }

  /** A gauge that reads its value when it is collected. */
  Gauge gauge(String name, String description, Tags tags, DoubleSupplier value) {
    return added(
        Gauge.builder(name, value::getAsDouble)
            .description(description)
            .tags(tags)
            .register(registry));
  }

  /** Gauges of which the one with the tag {@code state} of the current state is 1, others 0. */
  <E extends Enum<E>> void states(
      String name, String description, Tags tags, Class<E> type, StateSupplier<E> current) {
    for (E state : type.getEnumConstants()) {
      Tags own = tags.and("state", lower(state));
      gauge(name, description, own, () -> current.is(state));
    }
  }

  /** Tells whether something is in a state. */
  @FunctionalInterface
  interface StateSupplier<E> {
    /** Returns 1 if it is in that state, 0 if not, NaN if there is nothing any more. */
    double is(E state);
  }

  /** A counter that reads its value when it is collected. */
  Meter count(String name, String description, Tags tags, DoubleSupplier value) {
    var rising = new Rising(value);
    return added(
        FunctionCounter.builder(name, rising, unused -> rising.value())
            .description(description)
            .tags(tags)
            .register(registry));
  }

  /** A timer that reads how many there were, and their time, when it is collected. */
  void time(
      String name, String description, Tags tags, LongSupplier count, DoubleSupplier totalNanos) {
    added(
        FunctionTimer.builder(
                name,
                count,
                unused -> count.getAsLong(),
                unused -> totalNanos.getAsDouble(),
                TimeUnit.NANOSECONDS)
            .description(description)
            .tags(tags)
            .register(registry));
  }

  static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Removes the meters. */
  @Override
  public void close() {
    meters.forEach(registry::remove);
    meters.clear();
  }

  /**
   * What is counted in several words, read one after the other while they change, may seem to sink
   * by a few for a moment. Whoever collects would take that for a restart, and count all of it
   * again; so it stands still instead. A true restart shows as it is.
   */
  static final class Rising {
    private static final double SLACK = 1000;

    private final DoubleSupplier source;
    private double last;

    Rising(DoubleSupplier source) {
      this.source = source;
    }

    synchronized double value() {
      double now = source.getAsDouble();
      boolean wavers = now < last && last - now <= Math.min(SLACK, last / 2);
      if (!wavers && !Double.isNaN(now)) {
        last = now;
      }
      return last;
    }
  }
}
