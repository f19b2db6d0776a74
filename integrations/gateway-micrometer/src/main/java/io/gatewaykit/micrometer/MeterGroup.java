// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
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
 * Meters that are registered and removed together. The registry holds strong references to the
 * objects they read, which therefore remain reachable. Populated by one thread.
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

  /** Registers a counter to increment. */
  Counter counter(String name, String description, Tags tags) {
    return added(Counter.builder(name).description(description).tags(tags).register(registry));
  }

  /** Registers a timer to record into. */
  Timer timer(String name, String description, Tags tags) {
    return added(Timer.builder(name).description(description).tags(tags).register(registry));
  }

  /** Registers a gauge that is evaluated on collection. */
  Gauge gauge(String name, String description, Tags tags, DoubleSupplier value) {
    return added(
        Gauge.builder(name, value::getAsDouble)
            .description(description)
            .tags(tags)
            .register(registry));
  }

  /**
   * Registers one gauge per state, with the tag {@code state}: 1 for the current state, 0 for
   * others.
   */
  <E extends Enum<E>> void states(
      String name, String description, Tags tags, Class<E> type, StateSupplier<E> current) {
    for (E state : type.getEnumConstants()) {
      Tags own = tags.and("state", lower(state));
      gauge(name, description, own, () -> current.is(state));
    }
  }

  /** Evaluates a state. */
  @FunctionalInterface
  interface StateSupplier<E> {
    /** Returns 1 if it is the current state, 0 if not, NaN if its object no longer exists. */
    double is(E state);
  }

  /** Registers a counter that is evaluated on collection. */
  Meter count(String name, String description, Tags tags, DoubleSupplier value) {
    var rising = new Rising(value);
    return added(
        FunctionCounter.builder(name, rising, unused -> rising.value())
            .description(description)
            .tags(tags)
            .register(registry));
  }

  /** Registers a timer whose count and total time are evaluated on collection. */
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
   * Makes a sum monotonic. A sum over several words that change while they are read may appear to
   * decrease slightly. A monitoring system would take that for a restart and count everything
   * again, so the last value is repeated instead. An actual restart is passed through.
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
