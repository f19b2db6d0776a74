// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.LoadReport;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.Subscription;
import io.gatewaykit.failover.EndpointState.Change;
import io.gatewaykit.failover.LineSelector.Mode;
import io.gatewaykit.failover.internal.balance.Stripes;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Selects an endpoint for each attempt and feeds the outcomes back into later selections. Request
 * execution calls {@link #select} and {@link #onLeaseEnded}. A pick reads one immutable {@link
 * SelectionTable}, which the {@link SelectionTablePublisher} keeps up to date. Thread-safe.
 */
final class EndpointSelector<T> implements AutoCloseable {
  private final String name;
  private final Ticker ticker;
  private final int maxFails;
  private final boolean comparesLatency;
  private final double probeTraffic;
  private final LineSettings policy;
  private final LongAdder panicSelections = new LongAdder();
  private final LongAdder exhaustedRequests = new LongAdder();
  private final Stripes stripes;
  final EventPublisher<T> eventPublisher;
  private final SelectionTablePublisher<T> publisher;
  private final Subscription probeSubscription;
  private final @Nullable StickyRoute<T> sticky;
  private final boolean stickyMovesBack;
  private final @Nullable EndpointQueue queue;

  EndpointSelector(
      GroupSettings<T> settings,
      EndpointWatch<T> watch,
      @Nullable EndpointQueue queue,
      Executor background) {
    this.queue = queue;
    name = settings.name();
    ticker = settings.ticker();
    maxFails = settings.endpoints().maxFails();
    policy = settings.lines();
    probeTraffic = policy.probeTraffic();
    comparesLatency = policy.switcher().rules().fastest();
    stripes = new Stripes(settings.seed());
    eventPublisher = new EventPublisher<>(settings, ticker.read());
    publisher = new SelectionTablePublisher<>(settings, stripes, eventPublisher, watch, background);
    Stickiness stickiness = settings.sticky();
    stickyMovesBack = stickiness != null && stickiness.movesBack();
    sticky = stickiness == null ? null : new StickyRoute<>(name, stickiness.tokens());
    probeSubscription =
        comparesLatency ? settings.health().subscribeProbes(this::onProbeLatency) : () -> {};
  }

  /** Replaces the topology; see {@link SelectionTablePublisher#update}. */
  TopologyChange update(Topology<T> next) {
    return publisher.update(next);
  }

  /** Makes the next pick rebuild the table. Called after a veto was set or cleared. */
  void markStale() {
    publisher.markStale();
  }

  /**
   * Returns an endpoint without leasing it or updating statistics; null if none is available. The
   * fast path reads the ring of the line. About once in 64 picks of a thread, it reads the clock.
   */
  @Nullable EndpointState<T> pick(SelectContext context) {
    SelectionTable<T> current = publisher.fresh();
    if (current == null || current.rejects) {
      return pickPeriodically(context, null);
    }
    LinePool<T> pool = current.route(context).line(context, stripes);
    PickRing<T> ring = pool == null ? null : pool.ring();
    if (ring != null && context.excludesNone()) {
      int position = ring.tryNext();
      if (position < 0) {
        return pickPeriodically(context, pool);
      }
      EndpointState<T> state = ring.state(position);
      if (state.veto() == 0) {
        return state;
      }
    } else if (stripes.everySixtyFourth()) {
      return pickPeriodically(context, pool);
    }
    return pick(current, pool, context, 0);
  }

  private @Nullable EndpointState<T> pickPeriodically(
      SelectContext context, @Nullable LinePool<T> drawn) {
    long now = ticker.read();
    SelectionTable<T> current = publisher.at(now);
    LineRoute<T> route = current.route(context);
    // Another draw would take picks from lines with a small share, which are drawn less often.
    LinePool<T> pool =
        drawn != null && route.share(drawn.line) > 0
            ? route.pool(drawn.line)
            : route.line(context, stripes);
    if (pool != null) {
      pool.renewRing();
    }
    return pick(current, pool, context, now);
  }

  private @Nullable EndpointState<T> pick(
      SelectionTable<T> current, @Nullable LinePool<T> preferred, SelectContext context, long now) {
    if (current.rejects) {
      return null;
    }
    EndpointState<T> state = preferred == null ? null : preferred.pick(context, now);
    if (state != null) {
      return state;
    }
    for (LinePool<T> pool : current.route(context).pools) {
      state = pool == preferred ? null : pool.pick(context, now);
      if (state != null) {
        return state;
      }
    }
    return null;
  }

  /**
   * Selects an endpoint that the context has not tried, records it in {@code choice} and starts a
   * lease on it. Returns false if none is available; otherwise the caller must end the lease.
   */
  boolean select(SelectContext context, Choice<T> choice, long now) {
    SelectionTable<T> current = publisher.at(now);
    context.clearRejections();
    if (current.rejects) {
      panicSelections.increment();
      return false;
    }
    boolean firstAttempt = context.attempts() == 0;
    if (firstAttempt && sticky != null && selectSticky(sticky, current, context, choice, now)) {
      return true;
    }
    boolean selected = selectFromAnyLine(current, firstAttempt, context, choice, now);
    if (!selected && !failOpen(current, firstAttempt, context, choice, now)) {
      return false;
    }
    if (!selected || current.panic) {
      panicSelections.increment();
    }
    if (firstAttempt) {
      eventPublisher.onActiveLine(current, now);
    }
    return true;
  }

  private boolean selectFromAnyLine(
      SelectionTable<T> current,
      boolean firstAttempt,
      SelectContext context,
      Choice<T> choice,
      long now) {
    LineRoute<T> route = current.route(context);
    LinePool<T> preferred =
        firstAttempt ? drawLine(route, context) : route.pool(context.lastLine());
    // In panic mode, line health is unknown: a request that failed in one line tries another.
    boolean preferOtherLines = !firstAttempt && (context.nextLineFirst() || current.panic);
    Mode mode = current.panic ? Mode.REGARDLESS : Mode.ADMITTING;
    if (preferred != null
        && !preferOtherLines
        && LineSelector.select(preferred, context, choice, now, mode)) {
      return true;
    }
    for (int i = 0; i < route.pools.size(); i++) {
      LinePool<T> pool = route.pools.get(i);
      if (pool != preferred
          && route.shares[i] > 0
          && LineSelector.select(pool, context, choice, now, mode)) {
        return true;
      }
    }
    for (int i = 0; i < route.pools.size(); i++) { // including lines without a share
      LinePool<T> pool = route.pools.get(i);
      if ((pool != preferred || !preferOtherLines)
          && LineSelector.select(pool, context, choice, now, mode)) {
        return true;
      }
    }
    return preferred != null
        && preferOtherLines
        && LineSelector.select(preferred, context, choice, now, mode);
  }

  /** Selects the endpoint that the client's sticky token identifies, if it is available. */
  private boolean selectSticky(
      StickyRoute<T> tokens,
      SelectionTable<T> current,
      SelectContext context,
      Choice<T> choice,
      long now) {
    String token = context.token();
    EndpointState<T> state = token == null ? null : tokens.endpoint(current.topology, token);
    LineRoute<T> route = current.route(context);
    LinePool<T> pool = state == null ? null : route.pool(state.line);
    if (state == null || pool == null || context.excludes(state)) {
      return false;
    }
    if (stickyMovesBack && route.share(pool.line) == 0) {
      return false;
    }
    return LineSelector.selectEndpoint(pool, state, context, choice, now);
  }

  @Nullable String stickyToken(EndpointState<T> state, @Nullable String clientToken) {
    return sticky == null ? null : sticky.token(state, clientToken);
  }

  /** Counts a request that found no available endpoint. */
  void recordExhausted() {
    exhaustedRequests.increment();
  }

  private @Nullable LinePool<T> drawLine(LineRoute<T> route, SelectContext context) {
    if (probeTraffic > 0 && context.idempotent() && !context.keyed()) {
      long random = stripes.random();
      if ((random >>> 11) * 0x1p-53 < probeTraffic) {
        return route.pools.get(Stripes.bounded(stripes.random(), route.pools.size()));
      }
    }
    return route.line(context, stripes);
  }

  /**
   * Selects among endpoints that are full, reject or are unhealthy, according to the panic mode;
   * never one that is being drained.
   */
  private boolean failOpen(
      SelectionTable<T> current,
      boolean firstAttempt,
      SelectContext context,
      Choice<T> choice,
      long now) {
    LineRoute<T> route = current.route(context);
    int n = route.pools.size();
    if (policy.panicMode() == PanicMode.REJECT || n == 0) {
      return false;
    }
    int from =
        policy.panicMode() == PanicMode.SPREAD ? route.anyIndex(stripes) : route.activeIndex();
    for (Mode mode : new Mode[] {Mode.FULL, Mode.ANY}) {
      for (int i = 0; i < n; i++) {
        LinePool<T> pool = route.pools.get(i == 0 ? from : i <= from ? i - 1 : i);
        context.clearRejections();
        if (LineSelector.select(pool, context, choice, now, mode)) {
          if (firstAttempt) {
            publisher.failedOpen(now);
          }
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Records the end of a lease.
   *
   * @param latencyNanos the latency of the attempt; -1 if it does not reflect the endpoint's speed
   * @param ageNanos the time since the lease started
   */
  void onLeaseEnded(
      LineState<T> line,
      EndpointState<T> state,
      Outcome outcome,
      int status,
      long now,
      long latencyNanos,
      long ageNanos) {
    line.leave();
    Change change = state.ended(outcome, latencyNanos, ageNanos, now);
    if (outcome == Outcome.SUCCESS) {
      if (comparesLatency && latencyNanos >= 0) {
        line.speed.request(latencyNanos);
      }
    } else if (outcome.againstEndpoint()) {
      onFailure(line, state);
      if (state.unmeasured()) {
        markStale(); // failed before its first latency sample: assign the median of the others
      }
    }
    if (change != Change.NONE) {
      markStale();
      // timestamp the change now, not at the next snapshot
      StateHistory.Entry<?> unused = state.status(now);
      if (change == Change.EJECTED) {
        eventPublisher.onEjected(state.endpoint.id());
      }
    }
    eventPublisher.report(
        state.endpoint.id(), outcome, status, latencyNanos < 0 ? ageNanos : latencyNanos);
  }

  /** Serves requests that wait, after the end of a lease or the start of its response. */
  void onFreed() {
    if (queue != null) {
      queue.signal();
    }
  }

  private void onFailure(LineState<T> line, EndpointState<T> state) {
    LinePool<T> pool = publisher.last().pool(line);
    if (pool != null && pool.picker != null && pool.picker.recordsFailures()) {
      int index = pool.indexOf(state);
      if (index >= 0) {
        pool.picker.failed(index, maxFails);
      }
    }
  }

  /** Adds the histogram of a line's recent latencies to {@code sum}. */
  void addLatencies(String line, long[] sum, long now) {
    LiveTopology.Placed<T> placed = publisher.last().topology.line(line);
    if (placed != null) {
      for (EndpointState<T> state : placed.endpoints()) {
        state.latencies.addTo(sum, now);
      }
    }
  }

  /**
   * Returns the endpoint with the given id, or all endpoints of the line with that id; empty if
   * unknown.
   */
  List<EndpointState<T>> endpoints(String id) {
    LiveTopology<T> topology = publisher.last().topology;
    EndpointState<T> endpoint = topology.endpoints().get(id);
    if (endpoint != null) {
      return List.of(endpoint);
    }
    LiveTopology.Placed<T> line = topology.line(id);
    return line == null ? List.of() : List.copyOf(line.endpoints());
  }

  long now() {
    return ticker.read();
  }

  /** Records a latency measured by a probe. */
  void onProbeLatency(String endpointId, long latencyNanos) {
    EndpointState<T> state = publisher.last().topology.endpoints().get(endpointId);
    LineState<T> line = state == null ? null : state.line;
    if (line != null) {
      line.speed.probed(latencyNanos, ticker.read());
    }
  }

  /** Records the load that an endpoint has reported in a response to a probe. */
  void onLoad(String endpointId, LoadReport load) {
    EndpointState<T> state = publisher.last().topology.endpoints().get(endpointId);
    if (state != null) {
      state.onLoad(load, ticker.read());
    }
  }

  SelectionTable<T> current() {
    return publisher.current(ticker.read());
  }

  GroupSnapshot snapshot(
      long retriesRejected, GroupSnapshot.Misuse misuse, Collection<EndpointState<T>> departed) {
    long now = ticker.read();
    return new SnapshotBuilder<>(
            publisher.current(now), eventPublisher.switchHistory(), departed, now)
        .build(
            name,
            publisher.isPanicking(),
            panicSelections.sum(),
            retriesRejected,
            exhaustedRequests.sum(),
            EndpointQueue.snapshot(queue),
            misuse);
  }

  Explanation explain(SelectContext context) {
    long now = ticker.read();
    return new DecisionExplainer<>(publisher.current(now), publisher.isFailingOpen(), policy, now)
        .explain(context, stripes);
  }

  @Override
  public void close() {
    publisher.close();
    probeSubscription.close();
  }
}
