package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.failover.TableBuilder.LinePolicy;
import io.gatewaykit.failover.internal.balance.PeakEwma;
import io.gatewaykit.failover.internal.balance.Stripes;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the {@link PickTable} in force. Whatever may change it (health, an endpoint set aside, a
 * breaker's veto, an update) marks it {@link #stale}, and the next pick builds the new one: so any
 * number of changes between two picks costs one build, and nothing needs a thread. One thread
 * builds; the others go on with the old table, which is safe because a pick also reads the
 * endpoint's veto word. Once a second a build is due anyway, for what only time changes. Building
 * takes at most a fifth of the time, however fast changes arrive.
 *
 * <p>Why nothing is missed: a change writes its veto word before it sets {@code stale}, and the
 * builder clears {@code stale} before it reads the words, both volatile. So either the builder sees
 * the word, or the flag is set again after it was cleared.
 */
final class TableKeeper<T> implements AutoCloseable {
  private static final long DUTY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** After a build its cost is multiplied by this before the next. */
  private static final int REST = 4;

  /** Who wants to know that an endpoint's health has changed. */
  interface HealthChange<T> {
    /** Called on the thread that noticed, maybe under a lock: must not block nor call users. */
    void changed(EndpointState<T> endpoint, boolean usable);
  }

  private final Ticker ticker;
  private final HealthSignal health;
  private final HealthChange<T> healthChange;
  private final Announcer<T> announcer;
  private final boolean countAll;
  private final boolean allowEmpty;
  private final LinePolicy policy;
  private final EndpointState.Settings settings;
  private final TableBuilder<T> tables;
  private final ReentrantLock lock = new ReentrantLock(); // not a monitor: virtual threads may wait
  private final Breakers breakers;
  private final HealthSignal.Subscription subscription;

  private volatile PickTable<T> table;
  private volatile boolean stale;

  /** The table, while it needs neither a look at the clock nor a build; else null. */
  private volatile @Nullable PickTable<T> fresh;

  private volatile long dueAt;
  private long restUntil; // guarded by lock
  private boolean started; // guarded by lock

  TableKeeper(
      FailoverGroupBuilder<T> builder,
      LinePolicy policy,
      Stripes stripes,
      Announcer<T> announcer,
      HealthChange<T> healthChange) {
    this.policy = policy;
    this.announcer = announcer;
    this.healthChange = healthChange;
    ticker = builder.ticker;
    health = builder.health;
    allowEmpty = builder.allowEmpty;
    countAll =
        policy.balancer().rule() instanceof Balancer.ConsistentHash hash && hash.bound() != 0;
    long tau =
        policy.balancer().rule() instanceof Balancer.PeakEwmaOfTwo ewma
            ? ewma.tau().toNanos()
            : TimeUnit.SECONDS.toNanos(10);
    settings =
        new EndpointState.Settings(builder.maxFails, builder.asideFor.toNanos(), new PeakEwma(tau));
    tables = new TableBuilder<>(policy, stripes);
    long now = ticker.read();
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
    if (state != null && heard(state, said)) {
      stale();
    }
  }

  private boolean heard(EndpointState<T> state, Health said) {
    boolean changed = state.health(said);
    if (changed) {
      healthChange.changed(state, said.available());
    }
    return changed;
  }

  /** Has the next pick build a new table; after a veto was set or lifted. */
  void stale() {
    stale = true;
    fresh = null; // after the flag: a builder that publishes its table looks at the flag then
  }

  /** Returns the table in force if a pick may use it without knowing the time, else null. */
  @Nullable PickTable<T> fresh() {
    return fresh;
  }

  /** Returns the table in force, which may be stale. */
  PickTable<T> last() {
    return table;
  }

  /** Returns the table in force at this time, building it if it is due. */
  PickTable<T> at(long now) {
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
      boolean unused = heard(state, health.health(state.endpoint.id()));
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
    fresh = next.timed ? null : next;
    if (stale) {
      fresh = null; // whoever set the flag before it was published may have cleared it before that
    }
    dueAt = due;
    restUntil = now + (ticker.read() - now) * REST;
    if (next.panic != wasPanic && started && !topology.endpoints().isEmpty()) {
      announcer.panic(next.panic);
    }
  }

  @Override
  public void close() {
    subscription.close();
  }
}
