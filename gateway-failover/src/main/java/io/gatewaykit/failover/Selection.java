package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.GroupSnapshot.EndpointStatus;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the endpoint of each attempt, and learns from how attempts end. Who executes requests
 * sees only {@link #lease} and {@link #ended}.
 *
 * <p>What may veto an endpoint sets a bit of {@link EndpointState#veto}, which is read at each
 * pick; what may veto a single attempt at the last moment, such as a half-open breaker, answers
 * {@link EndpointState#admit}, which is asked once the endpoint is chosen.
 */
final class Selection<T> {
  private static final Logger log = LoggerFactory.getLogger(Selection.class);

  private final String name;
  private final Ticker ticker;
  private final HealthSignal health;
  private final OutcomeReport report;
  private final FailoverListener listener;
  private final int maxFails;
  private final long asideNanos;
  private final SwitchLog switches;
  private final LongAdder panics = new LongAdder();

  /** Replaced whole, under this object's own lock; readers take it once and stay with it. */
  private volatile Topology<T> topology = Topology.empty();

  Selection(FailoverGroupBuilder<T> builder) {
    name = builder.name;
    ticker = builder.ticker;
    health = builder.health;
    report = builder.report;
    listener = builder.listener;
    maxFails = builder.maxFails;
    asideNanos = builder.asideFor.toNanos();
    switches = new SwitchLog(ticker.read());
  }

  synchronized void update(List<Line<T>> newLines) {
    long now = ticker.read();
    topology =
        topology.next(
            newLines, now, added -> new EndpointState<>(added, maxFails, asideNanos, now));
  }

  GroupSnapshot snapshot(long retriesRefused) {
    return new SnapshotView<>(topology, health, switches, ticker.read())
        .of(name, panics.sum(), retriesRefused);
  }

  /**
   * Leases the next endpoint that was not tried yet, and notes it as tried; null if there is none.
   */
  @Nullable Lease<T> lease(List<EndpointState<T>> tried, long now) {
    List<LineState<T>> current = topology.lines();
    Predicate<EndpointState<T>> untried = state -> !tried.contains(state);
    Predicate<EndpointState<T>> available =
        untried.and(state -> state.veto() == 0 && status(state, now) == EndpointStatus.AVAILABLE);
    Lease<T> lease = lease(current, available, tried, now);
    if (lease != null) {
      return lease;
    }
    // Fail open; but an endpoint being drained was taken out by a person, not by a guess.
    lease =
        lease(
            current,
            untried.and(state -> status(state, now) != EndpointStatus.DRAINING),
            tried,
            now);
    if (lease != null) {
      panics.increment();
      tell(() -> listener.onPanic(name));
    }
    return lease;
  }

  private @Nullable Lease<T> lease(
      List<LineState<T>> current,
      Predicate<EndpointState<T>> eligible,
      List<EndpointState<T>> tried,
      long now) {
    for (LineState<T> line : current) {
      EndpointState<T> state = pick(line, eligible, now);
      if (state != null) {
        if (tried.isEmpty()) {
          noteActive(line.line.id(), now);
        }
        tried.add(state);
        state.picks.increment();
        state.inFlight.incrementAndGet();
        return new Lease<>(this, line, state, now);
      }
    }
    return null;
  }

  private @Nullable EndpointState<T> pick(
      LineState<T> line, Predicate<EndpointState<T>> eligible, long now) {
    Predicate<EndpointState<T>> left = eligible;
    while (true) {
      EndpointState<T> state = line.pick(left);
      if (state == null || state.admit(now)) {
        return state;
      }
      left = left.and(other -> other != state);
    }
  }

  private EndpointStatus status(EndpointState<T> state, long now) {
    return state.status(health.health(state.endpoint.id()), now).state();
  }

  private void noteActive(String line, long now) {
    SwitchLog.Move last = switches.last();
    String before = last.to();
    if (line.equals(before)) {
      return;
    }
    String cause = cause(before, line);
    if (switches.move(last, new SwitchLog.Move(before, line, cause, now)) && !before.isEmpty()) {
      log.info("group {}: switched from line {} to {}: {}", name, before, line, cause);
      tell(() -> listener.onSwitch(name, before, line, cause));
    }
  }

  private String cause(String before, String line) {
    if (before.isEmpty()) {
      return "it was the best available line when traffic began";
    }
    return topology.priority(line) < topology.priority(before)
        ? "line " + line + " is available again"
        : "line " + before + " has no available endpoint";
  }

  void ended(LineState<T> line, EndpointState<T> state, Outcome outcome, int status, long start) {
    long now = ticker.read();
    String id = state.endpoint.id();
    if (outcome.againstEndpoint()) {
      line.failed(state, maxFails);
    }
    boolean setAside = state.ended(outcome, now - start, now);
    status(state, now); // dates a change to now and not to the next look
    if (setAside) {
      log.info("group {}: endpoint {} set aside after {} failures in a row", name, id, maxFails);
      tell(() -> listener.onSetAside(name, id));
    }
    report.report(id, outcome, status, now - start);
  }

  private static void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      log.warn("a failover listener failed", e);
    }
  }
}
