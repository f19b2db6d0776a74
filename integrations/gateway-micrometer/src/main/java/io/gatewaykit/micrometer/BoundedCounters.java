// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Counters of one name, created when their tags first occur. Beyond a maximum, new combinations are
 * counted with the tag values {@code other}, so that a faulty guard cannot flood the registry.
 */
final class BoundedCounters {
  /** More than any reasonable configuration needs. */
  static final int MAX = 1000;

  private final MeterRegistry registry;
  private final String name;
  private final String description;
  private final Map<Tags, Counter> counters = new ConcurrentHashMap<>();

  BoundedCounters(MeterRegistry registry, String name, String description) {
    this.registry = registry;
    this.name = name;
    this.description = description;
  }

  void increment(String... keysAndValues) {
    Tags tags = Tags.of(keysAndValues);
    Counter known = counters.get(tags);
    if (known == null && counters.size() >= MAX) {
      String[] other = keysAndValues.clone();
      for (int i = 1; i < other.length; i += 2) {
        other[i] = "other";
      }
      tags = Tags.of(other);
    }
    if (known == null) {
      known = counters.computeIfAbsent(tags, this::register);
    }
    known.increment();
  }

  private Counter register(Tags tags) {
    return Counter.builder(name).description(description).tags(tags).register(registry);
  }

  /** Removes all counters. */
  void clear() {
    removeIf(tags -> true);
  }

  /** Removes the counters with a matching value of the tag. */
  void removeIf(String key, Predicate<? super String> gone) {
    removeIf(tags ->
        tags.stream().anyMatch(tag -> tag.getKey().equals(key) && gone.test(tag.getValue())));
  }

  private void removeIf(Predicate<? super Tags> gone) {
    counters
        .entrySet()
        .removeIf(entry -> {
          boolean remove = gone.test(entry.getKey());
          if (remove) {
            registry.remove(entry.getValue());
          }
          return remove;
        });
  }
}
