package io.gatewaykit.failover;

import java.util.concurrent.atomic.LongAdder;

/**
 * How fast a line is, by what probes measure and by what requests measure. The two are never
 * compared with each other: a probe does less work than a request.
 *
 * <p>Probes are written by whoever reports them, under this object's lock; the rest by the single
 * writer of the group's tables.
 */
final class LineSpeed {
  /** A mean over about ten measurements. */
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

  synchronized void probed(long latencyNanos, long now) {
    probeNanos = probes == 0 ? latencyNanos : probeNanos + (latencyNanos - probeNanos) * STEP;
    probes++;
    probedAt = now;
  }

  /** Notes a successful request. */
  void request(long latencyNanos) {
    requests.increment();
    requestNanos.add(latencyNanos);
  }

  /** Takes in what requests measured since the last call. */
  synchronized void evaluate(long now) {
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

  /** Returns the mean latency of probes, or -1 if there are too few or they are too old. */
  synchronized double probes(long now, int minSamples, long maxAgeNanos) {
    return probes >= minSamples && now - probedAt <= maxAgeNanos ? probeNanos : -1;
  }

  /** Returns the latency of requests, or -1 if there was none lately. */
  synchronized double traffic(long now, long maxAgeNanos) {
    return trafficNanos >= 0 && now - trafficAt <= maxAgeNanos ? trafficNanos : -1;
  }
}
