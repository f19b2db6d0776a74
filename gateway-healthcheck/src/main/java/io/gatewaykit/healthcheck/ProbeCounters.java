// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.upstream.ProbeListener;
import io.gatewaykit.api.upstream.Subscription;
import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the probes of a checker, and notifies listeners of those that passed. */
@SuppressWarnings("EnumOrdinal") // ordinals are not persisted
final class ProbeCounters {
  private static final Logger log = LoggerFactory.getLogger(ProbeCounters.class);

  private final List<ProbeListener> listeners = new CopyOnWriteArrayList<>();
  private final AtomicLongArray probesByCause = new AtomicLongArray(Cause.values().length);
  private final AtomicLong probeNanos = new AtomicLong();
  private final AtomicLong inconclusiveProbes = new AtomicLong();

  /** Counts a completed probe. Called on the engine thread. */
  void count(String targetId, ProbeResult result) {
    int cause = result.cause().ordinal();
    probesByCause.lazySet(cause, probesByCause.get(cause) + 1); // single writer: the engine thread
    probeNanos.lazySet(probeNanos.get() + result.latencyNanos());
    if (result.cause().passed()) {
      for (ProbeListener listener : listeners) {
        try {
          listener.onProbe(targetId, result.latencyNanos());
        } catch (RuntimeException e) {
          log.warn("probe listener threw an exception", e);
        }
      }
    }
  }

  void countInconclusive() {
    inconclusiveProbes.incrementAndGet();
  }

  Subscription subscribe(ProbeListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Returns the completed probes by cause of the result. */
  Map<Cause, Long> byCause() {
    var byCause = new EnumMap<Cause, Long>(Cause.class);
    for (Cause cause : Cause.values()) {
      byCause.put(cause, probesByCause.get(cause.ordinal()));
    }
    return byCause;
  }

  /** Returns the total duration of the completed probes. */
  long nanos() {
    return probeNanos.get();
  }

  long inconclusive() {
    return inconclusiveProbes.get();
  }
}
