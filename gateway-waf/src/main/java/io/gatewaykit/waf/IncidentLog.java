package io.gatewaykit.waf;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Keeps the last incidents, for a status page. Thread-safe. */
public final class IncidentLog implements WafListener {
  private final int capacity;
  private final ArrayDeque<WafResult> results = new ArrayDeque<>();

  /**
   * Keeps up to {@code capacity} incidents.
   *
   * @throws IllegalArgumentException if it is not 1..10,000
   */
  public IncidentLog(int capacity) {
    if (capacity < 1 || capacity > 10_000) {
      throw new IllegalArgumentException("capacity: " + capacity + " (expected: 1..10000)");
    }
    this.capacity = capacity;
  }

  @Override
  public void onIncident(WafRequest request, WafResult result) {
    synchronized (results) {
      if (results.size() == capacity) {
        results.removeLast();
      }
      results.addFirst(result);
    }
  }

  /** Returns the incidents, the newest first. */
  public List<WafResult> incidents() {
    synchronized (results) {
      return new ArrayList<>(results);
    }
  }
}
