// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Subscription;
import io.gatewaykit.failover.internal.balance.PeakEwma;
import io.gatewaykit.failover.internal.balance.Stripes;
import io.gatewaykit.failover.internal.line.LineCourse;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the current {@link SelectionTable}. Any event that may change it (health, an ejection,
 * a breaker's veto, an update) marks it {@link #stale}, and the next pick rebuilds it. Any number
 * of events between two picks thus costs one build. One thread builds; the others continue to use
 * the old table, which is safe because a pick also reads the veto word of the endpoint. The table
 * is also rebuilt once a second, for changes that depend on time only. Building takes at most a
 * fifth of the time, however frequent the events. The table of thousands of endpoints is built on
 * the thread of the group's timers, so that no request waits for it.
 *
 * <p>No change is missed: a change writes its veto word before it sets {@code stale}, and the
 * builder clears {@code stale} before it reads the words, both volatile. Either the builder sees
 * the word, or the flag is set again after it was cleared.
 */
final class SelectionTablePublisher<T> implements AutoCloseable {
  private static final long DUTY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The time after an update within which the health signal must monitor the endpoints. */
  private static final long MONITORED_WITHIN = TimeUnit.SECONDS.toNanos(10);

  /** The table of fewer endpoints is built by a request. */
  private static final int MANY_ENDPOINTS = 1_000;

  /** A build that took longer than this is done on the thread of the timers from then on. */
  private static final long MAX_INLINE_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  /** Minimum pause between builds, as a multiple of the duration of the last one. */
  private static final int MIN_PAUSE_FACTOR = 4;

  private final Ticker ticker;
  private final HealthSignal health;
  private final EndpointWatch<T> watch;
  private final EventPublisher<T> eventPublisher;
  private final boolean countAll;
  private final boolean allowEmpty;
  private final LineSettings policy;
  private final EndpointState.Settings settings;
  private final long perTryNanos;
  private final long slowStartNanos;
  private final SelectionTableBuilder<T> tables;
  private final ReentrantLock lock = new ReentrantLock(); // not a monitor: virtual threads may wait
  private final BreakerAttacher breakers;
  private final Subscription subscription;

  private volatile SelectionTable<T> table;
  private volatile boolean stale;

  /** The table, while it requires neither a clock reading nor a rebuild; else null. */
  private volatile @Nullable SelectionTable<T> fresh;

  private volatile long dueAt;

  /** The duration of the last build; 0 with few endpoints. */
  private volatile long buildNanos;

  /** Whether a build is scheduled on the thread of the timers. */
  private final AtomicBoolean scheduled = new AtomicBoolean();

  private final Executor background;

  /** Whether requests recently found only endpoints that reject, or full lines. */
  private volatile boolean failingOpen;

  private volatile long failedOpenAt;
  private volatile long restUntil; // written under lock
  private boolean started; // guarded by lock
  private boolean monitoringDue; // guarded by lock
  private long updatedAt; // guarded by lock

  /**
   * Creates a publisher and its first table.
   *
   * @param background runs builds that would delay a request; may reject them
   */
  SelectionTablePublisher(
      GroupSettings<T> group,
      Stripes stripes,
      EventPublisher<T> eventPublisher,
      EndpointWatch<T> watch,
      Executor background) {
    this.background = background;
    policy = group.lines();
    this.eventPublisher = eventPublisher;
    this.watch = watch;
    ticker = group.ticker();
    health = group.health();
    allowEmpty = policy.allowEmpty();
    slowStartNanos = group.endpoints().slowStartNanos();
    perTryNanos = group.retry().perTryNanos();
    countAll = group.balancer().rule() instanceof Balancer.ConsistentHash hash && hash.bound() != 0;
    long tau =
        group.balancer().rule() instanceof Balancer.PeakEwmaOfTwo ewma
            ? ewma.tau().toNanos()
            : TimeUnit.SECONDS.toNanos(10);
    settings =
        new EndpointState.Settings(
            group.endpoints().maxFails(),
            group.endpoints().ejectionNanos(),
            group.health(),
            group.endpoints().limit(),
            new PeakEwma(tau));
    tables = new SelectionTableBuilder<>(group, stripes);
    long now = ticker.read();
    dueAt = now + DUTY_NANOS;
    table = tables.build(LiveTopology.empty(), null, now);
    breakers = new BreakerAttacher(group, this::markStale);
    subscription = health.subscribe(this::onHealth);
    update(group.topology());
  }

  /**
   * Replaces the topology; the state of retained lines and endpoints is preserved.
   *
   * @throws IllegalArgumentException if it is empty and that is not allowed
   */
  TopologyChange update(Topology<T> next) {
    if (next.isEmpty() && !allowEmpty) {
      throw Arguments.outside("lines", "no endpoint", "at least one");
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
              endpoint -> state(endpoint, now),
              line -> new LineCourse(policy.switcher().rules(), first, now),
              now);
      started = true;
      live.endpoints().values().forEach(breakers::attach);
      live.lines().forEach(line -> breakers.attach(line.state()));
      for (LiveTopology.Placed<T> placed : live.lines()) {
        for (EndpointState<T> state : placed.endpoints()) {
          boolean drained = watch.isDrained(state.endpoint.id(), placed.line().id());
          boolean unused = state.veto(EndpointState.VETO_DRAIN, drained);
        }
      }
      monitoringDue = true;
      updatedAt = now;
      build(live, now);
      for (EndpointState<T> state : before.endpoints().values()) {
        if (live.endpoints().get(state.endpoint.id()) != state) {
          watch.removed(state);
        }
      }
      return before.source().changeTo(next);
    } finally {
      lock.unlock();
    }
  }

  /** Returns the retained state of a removed endpoint that still has leases, or a new state. */
  private EndpointState<T> state(Endpoint<T> endpoint, long now) {
    EndpointState<T> returning = watch.returning(endpoint.id());
    return returning != null ? returning : new EndpointState<>(endpoint, settings, now);
  }

  private void onHealth(String endpointId, Health reported) {
    EndpointState<T> state = table.topology.endpoints().get(endpointId);
    if (state != null && applyHealth(state, reported)) {
      markStale();
    }
  }

  private boolean applyHealth(EndpointState<T> state, Health reported) {
    boolean changed = state.health(reported);
    if (changed) {
      watch.healthChanged(state, reported.available());
    }
    return changed;
  }

  /** Makes the next pick rebuild the table. Called after a veto was set or cleared. */
  void markStale() {
    stale = true;
    fresh = null; // after the flag: a builder that publishes its table then reads the flag
  }

  /** Returns the current table if a pick can use it without a clock reading, else null. */
  @Nullable SelectionTable<T> fresh() {
    return fresh;
  }

  /** Returns the current table, which may be stale. */
  SelectionTable<T> last() {
    return table;
  }

  /**
   * Returns the table for a request. If it is due, it is rebuilt: by this thread if that is fast,
   * else in the background, while requests use the last table.
   */
  SelectionTable<T> at(long now) {
    if (stale || due(now)) {
      if (buildNanos <= MAX_INLINE_NANOS || !tryBuildInBackground(now)) {
        refresh(now);
      }
    }
    return table;
  }

  /** Returns the table as of this time, rebuilt by this thread if due. */
  SelectionTable<T> current(long now) {
    if (stale || due(now)) {
      refresh(now);
    }
    return table;
  }

  /** Schedules a build unless one is scheduled; false if the background does not keep up. */
  private boolean tryBuildInBackground(long now) {
    if (!due(now) && restUntil - now > 0) {
      return true; // too early for another build
    }
    if (now - dueAt > DUTY_NANOS) {
      return false;
    }
    if (scheduled.compareAndSet(false, true)) {
      try {
        background.execute(this::buildInBackground);
      } catch (RejectedExecutionException e) {
        scheduled.set(false);
        return false; // closed
      }
    }
    return true;
  }

  private void buildInBackground() {
    scheduled.set(false); // before the build: a later change schedules another
    refresh(ticker.read());
  }

  /**
   * Records that a request found only endpoints that reject or are full, and was sent to one of
   * them. The group is then in panic mode until a second has passed without such a request.
   */
  void failedOpen(long now) {
    failedOpenAt = now;
    if (failingOpen || !lock.tryLock()) {
      return; // another thread builds or records; the next such request is recorded
    }
    try {
      if (!failingOpen) {
        failingOpen = true;
        if (!table.panic) {
          eventPublisher.onPanicChange(true);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether the panic mode applies, because of health or because all endpoints reject. */
  boolean isPanicking() {
    return table.panic || failingOpen;
  }

  boolean isFailingOpen() {
    return failingOpen;
  }

  /** Also returns true if the clock was set back, which would postpone the next build too far. */
  private boolean due(long now) {
    long left = dueAt - now;
    return left <= 0 || left > DUTY_NANOS;
  }

  private void refresh(long now) {
    if (!lock.tryLock()) {
      return; // another thread builds; the old table remains usable
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
    stale = false; // before reading state that may change concurrently
    long due = now + DUTY_NANOS;
    for (EndpointState<T> state : topology.endpoints().values()) {
      boolean unused = applyHealth(state, health.health(state.endpoint.id()));
      due = BreakerAttacher.review(state, now, due);
      if (state.findOverdue(now, perTryNanos)) {
        watch.overdue(state);
      }
      int veto = state.veto();
      if (veto != 0) {
        unused = state.endEjection(now);
        if (state.isEjected(now) && state.ejectedUntil() - due < 0) {
          due = state.ejectedUntil();
        }
        boolean warm = now - state.startingSince >= slowStartNanos;
        if ((veto & EndpointState.SOFT_STARTING) != 0 && warm) {
          unused = state.veto(EndpointState.SOFT_STARTING, false);
        }
      }
    }
    for (LiveTopology.Placed<T> line : topology.lines()) {
      due = BreakerAttacher.review(line.state(), now, due);
      line.state().overdue(overdue(line));
    }
    boolean wasPanic = isPanicking();
    failingOpen = failingOpen && now - failedOpenAt < DUTY_NANOS;
    SelectionTable<T> next = tables.build(topology, table, now);
    for (LinePool<T> pool : next.pools) {
      if (pool.picker != null) {
        pool.picker.refresh(now);
      }
    }
    table = next;
    fresh = next.timed ? null : next;
    if (stale) {
      // a thread that set the flag before publication may also have cleared it before that
      fresh = null;
    }
    if (monitoringDue && now - updatedAt >= MONITORED_WITHIN) {
      monitoringDue = false;
      reportUnmonitored(topology);
    }
    dueAt = due;
    buildNanos = topology.endpoints().size() < MANY_ENDPOINTS ? 0 : ticker.read() - now;
    restUntil = now + (ticker.read() - now) * MIN_PAUSE_FACTOR;
    if (isPanicking() != wasPanic && started && !topology.endpoints().isEmpty()) {
      eventPublisher.onPanicChange(isPanicking());
    }
  }

  /** Reports once per update the endpoints that the health signal does not monitor. */
  private void reportUnmonitored(LiveTopology<T> topology) {
    List<String> ids =
        topology.endpoints().keySet().stream()
            .filter(id -> !health.isMonitored(id))
            .sorted()
            .toList();
    if (!ids.isEmpty()) {
      eventPublisher.onUnmonitored(ids);
    }
  }

  private int overdue(LiveTopology.Placed<T> line) {
    int sum = 0;
    for (EndpointState<T> state : line.endpoints()) {
      sum += state.overdue();
    }
    return sum;
  }

  @Override
  public void close() {
    subscription.close();
  }
}
