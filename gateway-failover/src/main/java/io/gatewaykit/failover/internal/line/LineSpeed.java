// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.line;

import java.util.concurrent.atomic.LongAdder;

/**
 * The latency of a line as measured by probes and by requests. The two are never compared with each
 * other, since a probe does less work than a request.
 *
 * <p>Probes are recorded on the thread that reports them, under this object's lock; the rest is
 * written by the single writer of the group's selection tables.
 */
public final class LineSpeed {
  /** Weight of a new measurement: a mean over about ten. */
  private static final double STEP = 0.2;

  private double probeNanos = -1;
  private int probes;
  private long probedAt;
  private final LongAdder requests = new LongAdder();
  private final LongAdder requestNanos = new LongAdder();
  private long seenRequests;
  private long seenNanos;
  private double trafficNanos = -1;
  private long trafficAt;

  public synchronized void probed(long latencyNanos, long now) {
    probeNanos = probes == 0 ? latencyNanos : probeNanos + (latencyNanos - probeNanos) * STEP;
    probes++;
    probedAt = now;
  }

  /** Records a successful request. */
  public void request(long latencyNanos) {
    requests.increment();
    requestNanos.add(latencyNanos);
  }

  /** Updates the mean with the requests since the last call. */
  public synchronized void evaluate(long now) {
    long count = requests.sum();
    long nanos = requestNanos.sum();
    if (count > seenRequests) {
      double mean = (double) (nanos - seenNanos) / (count - seenRequests);
      trafficNanos = trafficNanos < 0 ? mean : trafficNanos + (mean - trafficNanos) * STEP;
      trafficAt = now;
      seenRequests = count;
      seenNanos = nanos;
    }
  }

  /** Returns whether any latency was ever recorded. */
  public synchronized boolean isMeasured() {
    return probes > 0 || trafficNanos >= 0;
  }

  /** Returns the mean latency of probes in nanoseconds, or -1 if they are too few or too old. */
  public synchronized double probes(long now, int minSamples, long maxAgeNanos) {
    return probes >= minSamples && now - probedAt <= maxAgeNanos ? probeNanos : -1;
  }

  /** Returns the mean latency of requests in nanoseconds, or -1 if none is recent. */
  public synchronized double traffic(long now, long maxAgeNanos) {
    return trafficNanos >= 0 && now - trafficAt <= maxAgeNanos ? trafficNanos : -1;
  }
}
