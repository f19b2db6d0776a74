package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.EndpointState.Change;
import io.gatewaykit.failover.TableBuilder.LinePolicy;
import io.gatewaykit.failover.internal.balance.Stripes;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the endpoint of each attempt, and learns from how attempts end. Who executes requests
 * sees {@link #lease} and {@link #ended}. A pick reads one immutable {@link PickTable}, which the
 * {@link TableKeeper} keeps up to date. Thread-safe.
 */
final class Selection<T> implements AutoCloseable {
  private final String name;
  private final Ticker ticker;
  private final OutcomeReport report;
  private final int maxFails;
  private final boolean measured;
  private final double explore;
  private final LinePolicy policy;
  private final LongAdder panics = new LongAdder();
  private final LongAdder exhausted = new LongAdder();
  private final Stripes stripes;
  private final Announcer<T> announcer;
  private final TableKeeper<T> tables;
  private final HealthSignal.Subscription probes;
  private final @Nullable StickyRoute<T> sticky;
  private final boolean stickyMovesBack;

  Selection(FailoverGroupBuilder<T> builder, TableKeeper.HealthChange<T> healthChange) {
    name = builder.name;
    ticker = builder.ticker;
    report = builder.report;
    maxFails = builder.maxFails;
    explore = builder.explore;
    policy = builder.linePolicy();
    measured = policy.switcher().fastest;
    stripes = new Stripes(builder.seed);
    announcer = new Announcer<>(builder, policy, ticker.read());
    tables = new TableKeeper<>(builder, policy, stripes, announcer, healthChange);
    stickyMovesBack = builder.stickyMovesBack;
    sticky = builder.sticky == null ? null : new StickyRoute<>(name, builder.sticky);
    probes = measured ? builder.health.subscribeProbes(this::observe) : () -> {};
  }

  /** As {@link TableKeeper#update}. */
  TopologyChange update(Topology<T> next) {
    return tables.update(next);
  }

  /** Has the next pick build a new table; after a veto was set or lifted. */
  void stale() {
    tables.stale();
  }

  /** Returns an endpoint without a lease: nothing is counted, nothing learnt. */
  @Nullable EndpointState<T> pick(SelectContext context) {
    PickTable<T> current = tables.fresh();
    if (current == null || stripes.sometimes()) {
      long now = ticker.read();
      return pick(tables.at(now), context, now);
    }
    return pick(current, context, 0);
  }

  private @Nullable EndpointState<T> pick(PickTable<T> current, SelectContext context, long now) {
    if (current.refuse) {
      return null;
    }
    LinePool<T> first = current.line(context, stripes);
    EndpointState<T> state = first == null ? null : first.pick(context, now);
    if (state != null) {
      return state;
    }
    for (LinePool<T> pool : current.pools) {
      state = pool == first ? null : pool.pick(context, now);
      if (state != null) {
        return state;
      }
    }
    return null;
  }

  /** Leases the endpoint that {@link #choose} finds; null if there is none. */
  @Nullable Lease<T> lease(SelectContext context, long now) {
    return choose(context, now) ? new Lease<>(this, context, now) : null;
  }

  /**
   * Chooses the next endpoint that was not tried yet in this context, notes it there as tried, and
   * counts a lease on it as begun; false if there is none. Who gets true must end what has begun.
   */
  boolean choose(SelectContext context, long now) {
    PickTable<T> current = tables.at(now);
    if (current.refuse) {
      panics.increment();
      return false;
    }
    boolean firstAttempt = context.attempts() == 0;
    if (firstAttempt && sticky != null && stuck(sticky, current, context, now)) {
      return true;
    }
    boolean usual = inAnyLine(current, firstAttempt, context, now);
    if (!usual && (policy.panicMode() == PanicMode.REJECT || !lastResort(current, context, now))) {
      return false;
    }
    if (!usual || current.panic) {
      panics.increment();
    }
    if (firstAttempt) {
      announcer.active(current, now);
    }
    return true;
  }

  private boolean inAnyLine(
      PickTable<T> current, boolean firstAttempt, SelectContext context, long now) {
    LinePool<T> first = firstAttempt ? first(current, context) : current.pool(context.lastLine());
    boolean firstComesLast = !firstAttempt && context.nextLineFirst();
    if (first != null && !firstComesLast && in(first, context, now, false)) {
      return true;
    }
    for (int i = 0; i < current.pools.size(); i++) {
      LinePool<T> pool = current.pools.get(i);
      if (pool != first && current.shares[i] > 0 && in(pool, context, now, false)) {
        return true;
      }
    }
    for (int i = 0; i < current.pools.size(); i++) { // also those with no share
      LinePool<T> pool = current.pools.get(i);
      if ((pool != first || !context.nextLineFirst()) && in(pool, context, now, false)) {
        return true;
      }
    }
    return first != null && context.nextLineFirst() && in(first, context, now, false);
  }

  /** Chooses the endpoint that the client's token names, if it can be had. */
  private boolean stuck(
      StickyRoute<T> route, PickTable<T> current, SelectContext context, long now) {
    String token = context.token();
    EndpointState<T> state = token == null ? null : route.endpoint(current.topology, token);
    LinePool<T> pool = state == null ? null : current.pool(state.line);
    if (state == null || pool == null || context.excludes(state)) {
      return false;
    }
    if (stickyMovesBack && !current.hasTraffic(pool) || !pool.line.enter(false)) {
      return false;
    }
    long linePermit = Breakers.admit(pool.line.breaker, now);
    long permit = linePermit == CircuitBreaker.REFUSED ? CircuitBreaker.REFUSED : state.admit(now);
    if (permit == CircuitBreaker.REFUSED) {
      return leave(pool, linePermit, now);
    }
    return begin(pool, state, context, permit, linePermit, now);
  }

  @Nullable String stickyToken(EndpointState<T> state, @Nullable String brought) {
    return sticky == null ? null : sticky.token(state, brought);
  }

  /** Notes that a request found nothing to try. */
  void exhausted() {
    exhausted.increment();
  }

  private @Nullable LinePool<T> first(PickTable<T> current, SelectContext context) {
    if (explore > 0 && context.idempotent() && !context.keyed()) {
      long random = stripes.random();
      if ((random >>> 11) * 0x1p-53 < explore) {
        return current.pools.get(Stripes.bounded(stripes.random(), current.pools.size()));
      }
    }
    return current.line(context, stripes);
  }

  /** Tries what is full, or thought bad, but never what somebody has taken out. */
  private boolean lastResort(PickTable<T> current, SelectContext context, long now) {
    for (LinePool<T> pool : current.pools) {
      if (in(pool, context, now, true)) {
        return true;
      }
    }
    for (LinePool<T> pool : current.pools) {
      for (EndpointState<T> state : pool.members.states) {
        boolean taken = (state.veto() & EndpointState.DELIBERATE) != 0;
        if (!taken && state.endpoint.weight() > 0 && !context.excludes(state)) {
          boolean unused = pool.line.enter(true);
          return begin(pool, state, context, CircuitBreaker.REFUSED, CircuitBreaker.REFUSED, now);
        }
      }
    }
    return false;
  }

  private boolean in(LinePool<T> pool, SelectContext context, long now, boolean force) {
    if (pool.eligible == 0 || !pool.line.enter(force)) {
      return false;
    }
    long linePermit = Breakers.admit(pool.line.breaker, now);
    if (linePermit == CircuitBreaker.REFUSED && !force) {
      pool.line.leave();
      return false;
    }
    EndpointState<T> state = pool.pick(context, now);
    long permit = state == null ? CircuitBreaker.REFUSED : state.admit(now);
    while (state != null && permit == CircuitBreaker.REFUSED) {
      context.exclude(state);
      state = pool.pick(context, now);
      permit = state == null ? CircuitBreaker.REFUSED : state.admit(now);
    }
    if (state == null) {
      return leave(pool, linePermit, now);
    }
    return begin(pool, state, context, permit, linePermit, now);
  }

  /** Gives the line back what was taken for a request that it has no endpoint for. */
  private boolean leave(LinePool<T> pool, long linePermit, long now) {
    pool.line.report(linePermit, Outcome.CANCELLED, 0, now);
    pool.line.leave();
    return false;
  }

  private boolean begin(
      LinePool<T> pool,
      EndpointState<T> state,
      SelectContext context,
      long permit,
      long linePermit,
      long now) {
    boolean again = context.attempts() > 0;
    context.tried(pool.line, state, permit, linePermit);
    state.begin(now, again);
    return true;
  }

  /** Notes how a lease ended; {@code latencyNanos} -1: it says nothing of the endpoint's speed. */
  void ended(
      LineState<T> line,
      EndpointState<T> state,
      Outcome outcome,
      int status,
      long now,
      long latencyNanos) {
    line.leave();
    Change change = state.ended(outcome, latencyNanos, now);
    if (outcome == Outcome.SUCCESS) {
      if (measured && latencyNanos >= 0) {
        line.speed.request(latencyNanos);
      }
    } else if (outcome.againstEndpoint()) {
      failed(line, state);
      if (state.unmeasured()) {
        stale(); // it fails before it was measured: give it the median of those that were
      }
    }
    if (change != Change.NONE) {
      stale();
      Since.Seen<?> unused = state.status(now); // dates a change to now and not to the next look
      if (change == Change.SET_ASIDE) {
        announcer.setAside(state.endpoint.id());
      }
    }
    report.report(state.endpoint.id(), outcome, status, Math.max(0, latencyNanos));
  }

  private void failed(LineState<T> line, EndpointState<T> state) {
    LinePool<T> pool = tables.last().pool(line);
    if (pool != null && pool.picker != null) {
      int index = pool.indexOf(state);
      if (index >= 0) {
        pool.picker.failed(index, maxFails);
      }
    }
  }

  /** Adds the recent latencies of a line to {@code sum}. */
  void addLatencies(String line, long[] sum, long now) {
    LiveTopology.Placed<T> placed = tables.last().topology.line(line);
    if (placed != null) {
      for (EndpointState<T> state : placed.endpoints()) {
        state.latencies.addTo(sum, now);
      }
    }
  }

  /** Returns the endpoint of that id, or those of the line of that id. */
  List<EndpointState<T>> endpoints(String id) {
    LiveTopology<T> topology = tables.last().topology;
    EndpointState<T> endpoint = topology.endpoints().get(id);
    LiveTopology.Placed<T> line = topology.line(id);
    if (endpoint != null) {
      return List.of(endpoint);
    }
    if (line == null) {
      throw new IllegalArgumentException("id: \"" + id + "\" (expected: an endpoint or a line)");
    }
    return List.copyOf(line.endpoints());
  }

  long now() {
    return ticker.read();
  }

  /** Takes in a latency that a probe measured. */
  void observe(String endpointId, long latencyNanos) {
    EndpointState<T> state = tables.last().topology.endpoints().get(endpointId);
    LineState<T> line = state == null ? null : state.line;
    if (line != null) {
      line.speed.probed(latencyNanos, ticker.read());
    }
  }

  PickTable<T> current() {
    return tables.at(ticker.read());
  }

  GroupSnapshot snapshot(long retriesRefused, GroupSnapshot.Misuse misuse) {
    long now = ticker.read();
    return new SnapshotView<>(tables.at(now), announcer.switches(), now)
        .of(name, panics.sum(), retriesRefused, exhausted.sum(), misuse);
  }

  Explanation explain(SelectContext context) {
    long now = ticker.read();
    return new Explainer<>(tables.at(now), policy, now).explain(context, stripes);
  }

  @Override
  public void close() {
    tables.close();
    probes.close();
  }
}
