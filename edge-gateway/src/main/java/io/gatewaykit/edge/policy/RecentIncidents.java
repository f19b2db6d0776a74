// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.policy;

import io.gatewaykit.waf.WafListener;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.WafResult;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** Counts firewall incidents and retains the most recent. Thread-safe. */
final class RecentIncidents implements WafListener {
  private static final int CAPACITY = 50;
  private static final int MAX_TARGET = 160;

  private final LongSupplier clock;
  private final Deque<Incident> incidents = new ArrayDeque<>();
  private final LongAdder blocked = new LongAdder();
  private final LongAdder detected = new LongAdder();

  /** An incident, and its time in milliseconds since 1970. */
  record Incident(long at, String request, WafResult result) {}

  RecentIncidents(LongSupplier clock) {
    this.clock = clock;
  }

  @Override
  public void onIncident(WafRequest request, WafResult result) {
    (result.blocked() ? blocked : detected).increment();
    var incident =
        new Incident(clock.getAsLong(), request.method() + " " + path(request.rawTarget()), result);
    synchronized (incidents) {
      if (incidents.size() == CAPACITY) {
        incidents.removeLast();
      }
      incidents.addFirst(incident);
    }
  }

  /** Returns the path without the query, which may contain personal data. */
  private static String path(String target) {
    int query = target.indexOf('?');
    String path = query < 0 ? target : target.substring(0, query);
    return path.length() <= MAX_TARGET ? path : path.substring(0, MAX_TARGET) + "...";
  }

  long blocked() {
    return blocked.sum();
  }

  long detected() {
    return detected.sum();
  }

  List<Incident> newestFirst() {
    synchronized (incidents) {
      return List.copyOf(incidents);
    }
  }
}
