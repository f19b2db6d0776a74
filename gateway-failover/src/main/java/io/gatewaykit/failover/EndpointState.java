package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a group remembers of one endpoint, across updates of the topology.
 *
 * <p>The circuit that needs no health checker: after {@code maxFails} failures in a row the
 * endpoint is set aside for a time; then it gets traffic again, and a single further failure sets
 * it aside anew until a success. Counters are statistics; only {@link #asideUntil} decides, and a
 * race on it costs one attempt.
 */
final class EndpointState<T> {
  final LongAdder picks = new LongAdder();
  final LongAdder successes = new LongAdder();
  final LongAdder failures = new LongAdder();
  final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger failuresInARow = new AtomicInteger();
  private final int maxFails;
  private final long asideNanos;

  volatile Endpoint<T> endpoint;

  /** When the endpoint may be used again; meaningful only while {@link #aside}. */
  private volatile long asideUntil;

  private volatile boolean aside;

  EndpointState(Endpoint<T> endpoint, int maxFails, long asideNanos) {
    this.endpoint = endpoint;
    this.maxFails = maxFails;
    this.asideNanos = asideNanos;
  }

  boolean isAside(long now) {
    return aside && asideUntil - now > 0;
  }

  /** Notes how an attempt ended; true if the endpoint was set aside by it. */
  boolean ended(Outcome outcome, long now) {
    inFlight.decrementAndGet();
    if (outcome == Outcome.SUCCESS) {
      successes.increment();
      failuresInARow.set(0);
      aside = false;
      return false;
    }
    if (!outcome.againstEndpoint()) {
      return false;
    }
    failures.increment();
    if (failuresInARow.incrementAndGet() < maxFails) {
      return false;
    }
    boolean fresh = !isAside(now);
    asideUntil = now + asideNanos; // before the flag: whoever sees the flag sees the time
    aside = true;
    return fresh;
  }
}
