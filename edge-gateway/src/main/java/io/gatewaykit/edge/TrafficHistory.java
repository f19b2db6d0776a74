// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import io.gatewaykit.edge.admin.GatewayStatus;
import io.gatewaykit.edge.admin.GatewayStatus.Sample;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Per-second samples of the last minutes, as differences of totals. Thread-safe. */
final class TrafficHistory {
  private static final int SECONDS = 180;

  private final Deque<Sample> samples = new ArrayDeque<>();
  private Totals last = new Totals(0, List.of(), 0, 0);
  private double perSecond;

  /** Totals since the start. */
  record Totals(long requests, List<Long> picks, long rejected, long failed) {}

  static Totals totals(GatewayStatus status) {
    var picks = new ArrayList<Long>();
    for (GatewayStatus.Line line : status.lines()) {
      picks.add(line.endpoints().stream().mapToLong(GatewayStatus.Endpoint::picks).sum());
    }
    GatewayStatus.Traffic traffic = status.traffic();
    return new Totals(
        traffic.requests(), picks, traffic.limited() + traffic.blocked(), traffic.failed());
  }

  synchronized void add(long at, Totals now) {
    var picks = new ArrayList<Long>();
    for (int i = 0; i < now.picks().size(); i++) {
      long before = i < last.picks().size() ? last.picks().get(i) : 0;
      // the counters of a replaced line restart at 0
      picks.add(Math.max(0, now.picks().get(i) - before));
    }
    if (samples.size() == SECONDS) {
      samples.removeFirst();
    }
    samples.addLast(
        new Sample(
            at,
            List.copyOf(picks),
            Math.max(0, now.rejected() - last.rejected()),
            Math.max(0, now.failed() - last.failed())));
    perSecond = Math.max(0, now.requests() - last.requests());
    last = now;
  }

  synchronized double perSecond() {
    return perSecond;
  }

  synchronized List<Sample> oldestFirst() {
    return List.copyOf(samples);
  }
}
