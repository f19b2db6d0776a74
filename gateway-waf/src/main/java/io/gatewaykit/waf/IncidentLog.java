// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * Retains the most recent incidents with their time, client, path, route and hits. An incident with
 * hits in both head and body is retained once, with all hits. Queries are not retained, because
 * they contain user input. Thread-safe.
 */
public final class IncidentLog implements WafListener {
  private final int capacity;
  private final InstantSource clock;
  private final LinkedHashMap<String, Incident> incidents = new LinkedHashMap<>(); // by id

  /**
   * Creates a log of up to {@code capacity} incidents.
   *
   * @throws IllegalArgumentException if it is not 1..10,000
   */
  public IncidentLog(int capacity) {
    this(capacity, InstantSource.system());
  }

  /**
   * Creates a log of up to {@code capacity} incidents that takes their time from the given clock.
   *
   * @throws IllegalArgumentException if the capacity is not 1..10,000
   */
  public IncidentLog(int capacity, InstantSource clock) {
    this.capacity = Arguments.range("capacity", capacity, 1, 10_000);
    this.clock = requireNonNull(clock, "clock");
  }

  @Override
  public void onIncident(WafRequest request, WafResult result) {
    Incident incident = Incident.of(clock.instant(), request, result);
    synchronized (incidents) {
      incidents.remove(incident.id()); // the earlier incident for the head of the same request
      if (incidents.size() == capacity) {
        incidents.remove(incidents.keySet().iterator().next());
      }
      incidents.put(incident.id(), incident);
    }
  }

  /** Returns the incidents, newest first. */
  public List<Incident> incidents() {
    synchronized (incidents) {
      List<Incident> newestFirst = new ArrayList<>(incidents.values());
      Collections.reverse(newestFirst);
      return newestFirst;
    }
  }
}
