// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.LoadReport;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Adjusts the weights of the endpoints of each line by the load that they report. Not thread-safe:
 * {@link SelectionTableBuilder} calls it under the lock of its publisher.
 */
final class ReportedLoads {
  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The resolution of an adjusted weight of 1. */
  private static final int SCALE = 20;

  private final long staleNanos;
  private long adjustedAt;
  private boolean started;

  /**
   * Creates the rules.
   *
   * @param staleNanos the time for which a report applies; 0: reports are ignored
   */
  ReportedLoads(long staleNanos) {
    this.staleNanos = staleNanos;
  }

  /** Adjusts the factors of all endpoints, at most once a second. */
  <T> void adjust(List<LiveTopology.Placed<T>> lines, long now) {
    if (staleNanos == 0 || started && now - adjustedAt < PERIOD_NANOS) {
      return;
    }
    started = true;
    adjustedAt = now;
    for (LiveTopology.Placed<T> line : lines) {
      adjust(line, now);
    }
  }

  private <T> void adjust(LiveTopology.Placed<T> line, long now) {
    double sum = 0;
    int count = 0;
    for (EndpointState<T> state : line.endpoints()) {
      LoadReport load = state.load(now, staleNanos);
      if (load != null) {
        sum += load.utilization();
        count++;
      }
    }
    for (EndpointState<T> state : line.endpoints()) {
      LoadReport load = state.load(now, staleNanos);
      if (load == null) {
        state.loadFactor().decay();
      } else if (count > 1) {
        state.loadFactor().adjust(load.utilization(), sum / count);
      }
    }
  }

  /** Returns the weight of an endpoint, adjusted by its load; 0 stays 0. */
  int weight(int weight, EndpointState<?> state) {
    if (staleNanos == 0 || weight == 0) {
      return weight;
    }
    return (int) Math.max(1, Math.round(weight * SCALE * state.loadFactor().applied()));
  }
}
