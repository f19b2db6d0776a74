package io.gatewaykit.failover;

import io.gatewaykit.failover.GroupSnapshot.LineRole;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One line of the current topology, with its place in the round robin. */
final class LineState<T> {
  final Line<T> line;
  final List<EndpointState<T>> endpoints;
  private final SmoothWeighted robin;
  private final ReentrantLock lock = new ReentrantLock(); // not a monitor: virtual threads may wait

  private final Since<LineRole> role;

  LineState(Line<T> line, List<EndpointState<T>> endpoints, Since<LineRole> role) {
    this.line = line;
    this.role = role;
    this.endpoints = List.copyOf(endpoints);
    this.robin = new SmoothWeighted(line.endpoints().stream().mapToInt(e -> e.weight()).toArray());
  }

  /** Returns what it is known since when to be used for; a line of the same id inherits it. */
  Since<LineRole> role() {
    return role;
  }

  /** Returns the next endpoint for which the predicate holds, or null if there is none. */
  @Nullable EndpointState<T> pick(Predicate<EndpointState<T>> eligible) {
    lock.lock();
    try {
      int index = robin.pick(i -> eligible.test(endpoints.get(i)));
      return index < 0 ? null : endpoints.get(index);
    } finally {
      lock.unlock();
    }
  }

  void failed(EndpointState<T> endpoint, int maxFails) {
    int index = endpoints.indexOf(endpoint);
    if (index >= 0) {
      lock.lock();
      try {
        robin.failed(index, maxFails);
      } finally {
        lock.unlock();
      }
    }
  }
}
