package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.EndpointState.Change;
import io.gatewaykit.failover.TableBuilder.LinePolicy;
import io.gatewaykit.failover.internal.balance.PeakEwma;
import io.gatewaykit.failover.internal.balance.Stripes;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the endpoint of each attempt, and learns from how attempts end. Who executes requests
 * sees {@link #lease} and {@link #ended}.
 *
 * <p>A pick reads one immutable {@link PickTable}. Whatever may change the table (health, an
 * endpoint set aside, a breaker's veto, an update) marks it {@link #stale}, and the next pick
 * builds the new one: so any number of changes between two picks costs one build, and nothing needs
 * a thread. One thread builds; the others go on with the old table, which is safe because a pick
 * also reads the endpoint's veto word. Once a second a build is due anyway, for what only time
 * changes. Building takes at most a fifth of the time, however fast changes arrive.
 *
 * <p>Why nothing is missed: a change writes its veto word before it sets {@code stale}, and the
 * builder clears {@code stale} before it reads the words, both volatile. So either the builder sees
 * the word, or the flag is set again after it was cleared.
 */
final class Selection<T> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Selection.class);

  private static final long DUTY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** After a build its cost is multiplied by this before the next. */
  private static final int REST = 4;

  private final String name;
  private final Ticker ticker;
  private final HealthSignal health;
  private final OutcomeReport report;
  private final FailoverListener listener;
  private final int maxFails;
  private final boolean countAll;
  private final boolean measured;
  private final boolean allowEmpty;
  private final double explore;
  private final LinePolicy policy;
  private final EndpointState.Settings settings;
  private final SwitchLog switches;
  private final LongAdder panics = new LongAdder();
  private final LongAdder exhausted = new LongAdder();
  private final Stripes stripes;
  private final TableBuilder<T> tables;
  private final ReentrantLock lock = new ReentrantLock(); // not a monitor: virtual threads may wait
  private final Breakers breakers;
  private final HealthSignal.Subscription subscription;

  private volatile PickTable<T> table;
  private volatile boolean stale;
  private volatile long dueAt;
  private long restUntil; // guarded by lock
  private boolean started; // guarded by lock

  Selection(FailoverGroupBuilder<T> builder) {
    name = builder.name;
    ticker = builder.ticker;
    health = builder.health;
    report = builder.report;
    listener = builder.listener;
    maxFails = builder.maxFails;
    allowEmpty = builder.allowEmpty;
    explore = builder.explore;
    policy = builder.linePolicy();
    countAll =
        policy.balancer().rule() instanceof Balancer.ConsistentHash hash && hash.bound() != 0;
    measured = policy.switcher().fastest;
    long tau =
        policy.balancer().rule() instanceof Balancer.PeakEwmaOfTwo ewma
            ? ewma.tau().toNanos()
            : TimeUnit.SECONDS.toNanos(10);
    settings = new EndpointState.Settings(maxFails, builder.asideFor.toNanos(), new PeakEwma(tau));
    stripes = new Stripes(builder.seed);
    tables = new TableBuilder<>(policy, stripes);
    long now = ticker.read();
    switches = new SwitchLog(now);
    dueAt = now + DUTY_NANOS;
    table = tables.build(LiveTopology.empty(), null, now);
    breakers = new Breakers(builder, this::stale);
    subscription = health.subscribe(this::onHealth);
    update(builder.topology());
  }

  /**
   * Replaces the topology; what is known of lines and endpoints that stay is kept.
   *
   * @throws IllegalArgumentException if it is empty and that is not allowed
   */
  TopologyChange update(Topology<T> next) {
    if (next.isEmpty() && !allowEmpty) {
      throw new IllegalArgumentException("lines: no endpoint (expected: at least one)");
    }
    lock.lock();
    try {
      long now = ticker.read();
      LiveTopology<T> before = table.topology;
      boolean first = !started;
      LiveTopology<T> live =
          before.next(
              next,
              countAll,
              endpoint -> new EndpointState<>(endpoint, settings, now),
              line -> new LineCourse(policy.switcher(), first, now),
              now);
      started = true;
      live.endpoints().values().forEach(breakers::attach);
      live.lines().forEach(line -> breakers.attach(line.state()));
      build(live, now);
      return before.source().changeTo(next);
    } finally {
      lock.unlock();
    }
  }

  private void onHealth(String endpointId, Health said) {
    EndpointState<T> state = table.topology.endpoints().get(endpointId);
    if (state != null && state.health(said)) {
      stale();
    }
  }

  /** Has the next pick build a new table; after a veto was set or lifted. */
  void stale() {
    stale = true;
  }

  /** Returns the table in force at this time, building it if it is due. */
  private PickTable<T> table(long now) {
    if (stale || due(now)) {
      refresh(now);
    }
    return table;
  }

  /** Also if the clock was set back: what is due lies too far ahead then. */
  private boolean due(long now) {
    long left = dueAt - now;
    return left <= 0 || left > DUTY_NANOS;
  }

  private void refresh(long now) {
    if (!lock.tryLock()) {
      return; // another thread builds; the old table will do
    }
    try {
      if (due(now) || stale && restUntil - now <= 0) {
        build(table.topology, now);
      }
    } finally {
      lock.unlock();
    }
  }

  private void build(LiveTopology<T> topology, long now) {
    stale = false; // before reading what may be changed meanwhile
    long due = now + DUTY_NANOS;
    for (EndpointState<T> state : topology.endpoints().values()) {
      boolean unused = state.health(health.health(state.endpoint.id()));
      due = Breakers.review(state, now, due);
      int veto = state.veto();
      if (veto != 0) {
        unused = state.endAside(now);
        if (state.isAside(now) && state.asideUntil() - due < 0) {
          due = state.asideUntil();
        }
        boolean warm = now - state.startingSince >= policy.slowStartNanos();
        if ((veto & EndpointState.SOFT_STARTING) != 0 && warm) {
          unused = state.veto(EndpointState.SOFT_STARTING, false);
        }
      }
    }
    for (LiveTopology.Placed<T> line : topology.lines()) {
      due = Breakers.review(line.state(), now, due);
    }
    boolean wasPanic = table.panic;
    PickTable<T> next = tables.build(topology, table, now);
    for (LinePool<T> pool : next.pools) {
      if (pool.picker != null) {
        pool.picker.refresh(now);
      }
    }
    table = next;
    dueAt = due;
    restUntil = now + (ticker.read() - now) * REST;
    if (next.panic != wasPanic && started && !topology.endpoints().isEmpty()) {
      notePanic(next.panic);
    }
  }

  private void notePanic(boolean entered) {
    if (entered) {
      log.warn("group {}: too little is healthy, mode {}", name, policy.panicMode());
      tell(() -> listener.onPanic(name));
    } else {
      log.info("group {}: enough is healthy again", name);
      tell(() -> listener.onPanicOver(name));
    }
  }

  /** Returns an endpoint without a lease: nothing is counted, nothing learnt. */
  @Nullable EndpointState<T> pick(SelectContext context) {
    long now = 0;
    PickTable<T> current = table;
    if (stale || stripes.sometimes() || current.timed) {
      now = ticker.read();
      current = table(now);
    }
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

  /**
   * Leases the next endpoint that was not tried yet in this context, and notes it as tried; null if
   * there is none.
   */
  @Nullable Lease<T> lease(SelectContext context, long now) {
    PickTable<T> current = table(now);
    if (current.refuse) {
      panics.increment();
      return null;
    }
    boolean firstAttempt = context.attempts() == 0;
    LinePool<T> first = firstAttempt ? first(current, context) : current.pool(context.lastLine());
    Lease<T> lease = null;
    if (first != null && (firstAttempt || !context.nextLineFirst())) {
      lease = lease(first, context, now, false);
    }
    for (int i = 0; i < current.pools.size() && lease == null; i++) {
      LinePool<T> pool = current.pools.get(i);
      if (pool != first && current.shares[i] > 0) {
        lease = lease(pool, context, now, false);
      }
    }
    for (int i = 0; i < current.pools.size() && lease == null; i++) { // also those with no share
      LinePool<T> pool = current.pools.get(i);
      if (pool != first || !context.nextLineFirst()) {
        lease = lease(pool, context, now, false);
      }
    }
    if (lease == null && first != null && context.nextLineFirst()) {
      lease = lease(first, context, now, false);
    }
    boolean usual = lease != null && !current.panic;
    if (lease == null && policy.panicMode() != PanicMode.REJECT) {
      lease = lastResort(current, context, now);
    }
    if (lease != null) {
      if (!usual) {
        panics.increment();
      }
      if (firstAttempt && current.active != null && !current.noted) {
        noteActive(current, now);
      }
    }
    return lease;
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
  private @Nullable Lease<T> lastResort(PickTable<T> current, SelectContext context, long now) {
    for (LinePool<T> pool : current.pools) {
      Lease<T> lease = lease(pool, context, now, true);
      if (lease != null) {
        return lease;
      }
    }
    for (LinePool<T> pool : current.pools) {
      for (EndpointState<T> state : pool.members.states) {
        boolean taken = (state.veto() & EndpointState.DELIBERATE) != 0;
        if (!taken && state.endpoint.weight() > 0 && !context.excludes(state)) {
          boolean unused = pool.line.enter(true);
          return begin(pool, state, context, now);
        }
      }
    }
    return null;
  }

  private @Nullable Lease<T> lease(
      LinePool<T> pool, SelectContext context, long now, boolean force) {
    if (pool.eligible == 0 || !pool.line.enter(force)) {
      return null;
    }
    long linePermit = Breakers.admit(pool.line.breaker, now);
    if (linePermit == CircuitBreaker.REFUSED && !force) {
      pool.line.leave();
      return null;
    }
    EndpointState<T> state = pool.pick(context, now);
    long permit = state == null ? CircuitBreaker.REFUSED : state.admit(now);
    while (state != null && permit == CircuitBreaker.REFUSED) {
      context.exclude(state);
      state = pool.pick(context, now);
      permit = state == null ? CircuitBreaker.REFUSED : state.admit(now);
    }
    if (state == null) {
      pool.line.report(linePermit, Outcome.CANCELLED, 0, now);
      pool.line.leave();
      return null;
    }
    return begin(pool, state, context, now).permits(permit, linePermit);
  }

  private Lease<T> begin(
      LinePool<T> pool, EndpointState<T> state, SelectContext context, long now) {
    boolean again = context.attempts() > 0;
    context.tried(pool.line, state);
    state.begin(now, again);
    return new Lease<>(this, pool.line, state, now);
  }

  private void noteActive(PickTable<T> current, long now) {
    current.noted = true; // a race notes twice, which changes nothing
    LinePool<T> active = current.active;
    if (active == null) {
      return;
    }
    String line = active.line.line.id();
    SwitchLog.Move last = switches.last();
    String before = last.to();
    if (line.equals(before)) {
      return;
    }
    String cause = cause(current.topology, before, line);
    if (switches.move(last, new SwitchLog.Move(before, line, cause, now)) && !before.isEmpty()) {
      log.info("group {}: switched from line {} to {}: {}", name, before, line, cause);
      tell(() -> listener.onSwitch(name, before, line, cause));
    }
  }

  private String cause(LiveTopology<T> topology, String before, String line) {
    if (before.isEmpty()) {
      return "it was the best available line when traffic began";
    }
    LiveTopology.Placed<T> left = topology.line(before);
    LiveTopology.Placed<T> taken = topology.line(line);
    if (left == null) {
      return "line " + before + " was removed";
    }
    if (left.state().course.phase() == LineCourse.Phase.DOWN) {
      return "line " + before + " has no available endpoint";
    }
    if (taken != null && taken.line().priority() < left.line().priority()) {
      return "line " + line + " is available again";
    }
    return taken != null && measured
        ? taken.state().course.cause()
        : "line " + before + " has lost too many endpoints";
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
        String id = state.endpoint.id();
        log.info("group {}: endpoint {} set aside after {} failures in a row", name, id, maxFails);
        tell(() -> listener.onSetAside(name, id));
      }
    }
    report.report(state.endpoint.id(), outcome, status, Math.max(0, latencyNanos));
  }

  private void failed(LineState<T> line, EndpointState<T> state) {
    LinePool<T> pool = table.pool(line);
    if (pool != null && pool.picker != null) {
      int index = pool.indexOf(state);
      if (index >= 0) {
        pool.picker.failed(index, maxFails);
      }
    }
  }

  /** Adds the recent latencies of a line to {@code sum}. */
  void addLatencies(String line, long[] sum, long now) {
    LiveTopology.Placed<T> placed = table.topology.line(line);
    if (placed != null) {
      for (EndpointState<T> state : placed.endpoints()) {
        state.latencies.addTo(sum, now);
      }
    }
  }

  /** Returns the endpoint of that id, or those of the line of that id. */
  List<EndpointState<T>> endpoints(String id) {
    LiveTopology<T> topology = table.topology;
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
    long now = ticker.read();
    for (LinePool<T> pool : table.pools) {
      for (EndpointState<T> state : pool.members.states) {
        if (state.endpoint.id().equals(endpointId)) {
          pool.line.speed.probed(latencyNanos, now);
          return;
        }
      }
    }
  }

  PickTable<T> current() {
    return table(ticker.read());
  }

  GroupSnapshot snapshot(long retriesRefused, GroupSnapshot.Misuse misuse) {
    long now = ticker.read();
    return new SnapshotView<>(table(now), switches, now)
        .of(name, panics.sum(), retriesRefused, exhausted.sum(), misuse);
  }

  Explanation explain(SelectContext context) {
    long now = ticker.read();
    return new Explainer<>(table(now), policy, now).explain(context, stripes);
  }

  @Override
  public void close() {
    subscription.close();
  }

  private static void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      log.warn("a failover listener failed", e);
    }
  }
}
