// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.simulation;

import io.gatewaykit.api.ManualTicker;
import java.util.PriorityQueue;

/** An event queue with a virtual clock: it never sleeps, and equal seeds produce equal runs. */
final class Simulation {
  final ManualTicker ticker = new ManualTicker();
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long sequence;

  private record Event(long at, long sequence, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int order = Long.compare(at, other.at);
      return order != 0 ? order : Long.compare(sequence, other.sequence);
    }
  }

  long now() {
    return ticker.read();
  }

  void at(long nanos, Runnable action) {
    events.add(new Event(nanos, sequence++, action));
  }

  void in(long nanos, Runnable action) {
    at(now() + nanos, action);
  }

  void runUntil(long end) {
    while (!events.isEmpty() && events.element().at <= end) {
      Event next = events.remove();
      ticker.advanceNanos(next.at - now());
      next.action.run();
    }
  }
}
