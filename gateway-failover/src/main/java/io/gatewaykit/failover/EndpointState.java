package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;
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
  /** Vetoed by a circuit breaker. */
  static final int VETO_BREAKER = 1;

  final LongAdder picks = new LongAdder();
  final LongAdder successes = new LongAdder();
  final LongAdder failures = new LongAdder();
  final AtomicInteger inFlight = new AtomicInteger();
  final LatencyHistogram latencies = new LatencyHistogram();
  private final AtomicInteger failuresInARow = new AtomicInteger();
  private final Since<EndpointStatus> status;
  private final int maxFails;
  private final long asideNanos;

  volatile Endpoint<T> endpoint;

  /** Why the endpoint may get nothing new, a bit for each reason; 0: nobody objects. */
  private final AtomicInteger veto = new AtomicInteger();

  /** When the endpoint may be used again; meaningful only while {@link #aside}. */
  private volatile long asideUntil;

  private volatile boolean aside;

  EndpointState(Endpoint<T> endpoint, int maxFails, long asideNanos, long now) {
    this.endpoint = endpoint;
    this.maxFails = maxFails;
    this.asideNanos = asideNanos;
    this.status = new Since<>(EndpointStatus.AVAILABLE, now, "nothing has been held against it");
  }

  /**
   * Sets or lifts one reason, a {@code VETO_} bit, not to pick this endpoint; true if it changed.
   */
  boolean veto(int reason, boolean objects) {
    int before =
        objects
            ? veto.getAndUpdate(bits -> bits | reason)
            : veto.getAndUpdate(bits -> bits & ~reason);
    return (before & reason) != 0 != objects;
  }

  /** Returns the reasons not to pick this endpoint. */
  int veto() {
    return veto.get();
  }

  /**
   * Asks for the right to one attempt once the endpoint is chosen; false: choose another. Who takes
   * it must give it back when the attempt has ended.
   */
  boolean admit(long now) {
    return true;
  }

  boolean isAside(long now) {
    return aside && asideUntil - now > 0;
  }

  /** Returns the status, and since when and why; the health is what the signal says now. */
  Since.Seen<EndpointStatus> status(Health health, long now) {
    EndpointStatus current = current(health, now);
    Since.Seen<EndpointStatus> last = status.last();
    return last.state() == current // each pick comes by here: allocate only on a change
        ? last
        : status.see(current, now, before -> cause(current, before, health));
  }

  private EndpointStatus current(Health health, long now) {
    if (health == Health.DRAINING) {
      return EndpointStatus.DRAINING;
    }
    if (!health.available()) {
      return EndpointStatus.UNHEALTHY;
    }
    return isAside(now) ? EndpointStatus.ASIDE : EndpointStatus.AVAILABLE;
  }

  private String cause(EndpointStatus status, EndpointStatus last, Health health) {
    return switch (status) {
      case DRAINING, UNHEALTHY -> "the health signal says " + health;
      case ASIDE -> failuresInARow.get() + " failures in a row";
      case AVAILABLE ->
          last == EndpointStatus.ASIDE
              ? aside ? "its time aside is over" : "it answered again"
              : "the health signal says " + health;
    };
  }

  /** Notes how an attempt ended; true if the endpoint was set aside by it. */
  boolean ended(Outcome outcome, long latencyNanos, long now) {
    inFlight.decrementAndGet();
    if (outcome == Outcome.SUCCESS) {
      latencies.record(latencyNanos, now);
      successes.increment();
      if (failuresInARow.get() != 0) { // the usual case writes nothing shared
        failuresInARow.set(0);
        aside = false;
      }
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
