// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import io.gatewaykit.api.upstream.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.EnumMap;
import java.util.Map;

/**
 * Counts the reports of real traffic about one node, with the outcomes that are also used for
 * probes.
 */
final class ReportCounters {
  private final MeterGroup meters;
  private final Map<Outcome, Counter> counters = new EnumMap<>(Outcome.class);

  ReportCounters(MeterRegistry registry, Tags node) {
    meters = new MeterGroup(registry);
    add(Outcome.SUCCESS, node.and("outcome", "success"));
    add(Outcome.FAILURE, node.and("outcome", "http_failure"));
    add(Outcome.CONNECT_FAILURE, node.and("outcome", "tcp_failure"));
    add(Outcome.TIMEOUT, node.and("outcome", "timeout"));
  }

  private void add(Outcome outcome, Tags tags) {
    counters.put(
        outcome, meters.counter("gateway.healthcheck.reports", "Reports of real traffic", tags));
  }

  /** Counts the outcome, unless it gives no information about the node. */
  void count(Outcome outcome) {
    Counter counter = counters.get(outcome);
    if (counter != null) {
      counter.increment();
    }
  }

  void close() {
    meters.close();
  }
}
