package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.healthcheck.CheckerSnapshot.DecidedBy;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.CheckerSnapshot.Totals;
import io.gatewaykit.healthcheck.ProbeResult.Cause;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The targets of a checker and how they stand. Every change of state happens here, under one lock:
 * so changes have an order, which is that of the events' numbers, and counts of what is available
 * are exact. Nothing of a user's is called under the lock.
 */
@SuppressWarnings({"ReferenceEquality", "EnumOrdinal"}) // targets watched have identity
final class VerdictBook {
  private static final Logger log = LoggerFactory.getLogger(VerdictBook.class);
  private static final WatchedTarget[] NONE = {};

  /** The lock. Also what {@link #awaitFirstRound} waits on. */
  private final Object lock = new Object();

  private final CheckerSettings settings;
  private final ProbeEngine engine;
  private final Ticker ticker;
  private final List<EventQueue> queues = new CopyOnWriteArrayList<>();
  private final List<HealthSignal.ProbeListener> probeListeners = new CopyOnWriteArrayList<>();

  /** Replaced whole, under the lock. */
  private volatile Map<String, WatchedTarget> targets = Map.of();

  private volatile WatchedTarget[] order = NONE;

  // Under the lock.
  private final MassFailureGuard massFailure;
  private final Map<String, Retained> retained = new HashMap<>();
  private final long[] transitions = new long[TargetState.values().length];
  private long sequence;
  private int available;
  private int unprobed;

  private volatile boolean panicking;
  private volatile boolean closed;

  private final AtomicLongArray probes = new AtomicLongArray(Cause.values().length);
  private final AtomicLong probeNanos = new AtomicLong();
  private final AtomicLong inconclusive = new AtomicLong();
  private final AtomicLong lostEvents = new AtomicLong();

  /** A target that went, as it was then. */
  private record Retained(WatchedTarget target, long until) {}

  /** What a replacement changed. */
  record Difference(List<WatchedTarget> added, List<WatchedTarget> gone) {}

  VerdictBook(CheckerSettings settings, ProbeEngine engine) {
    this.settings = settings;
    this.engine = engine;
    ticker = engine.ticker();
    Schedule schedule = settings.schedule();
    massFailure =
        new MassFailureGuard(settings.massFailureShare(), schedule.interval() + schedule.timeout());
    settings.listeners().forEach(listener -> listen(listener::onEvent, false));
  }

  Map<String, WatchedTarget> targets() {
    return targets;
  }

  WatchedTarget[] order() {
    return order;
  }

  int available() {
    return available;
  }

  boolean isPanicking() {
    return panicking;
  }

  boolean isClosed() {
    return closed;
  }

  /** Runs something under the lock. */
  void locked(Runnable task) {
    synchronized (lock) {
      task.run();
    }
  }

  /**
   * Replaces the targets; what is known of those that stay the same is kept.
   *
   * @param fresh makes what is new, perhaps going on from one that was here before
   * @param forgotten called under the lock for each that goes
   */
  Difference replace(
      Collection<Target> wanted,
      Function<Target, WatchedTarget> fresh,
      Function<WatchedTarget, WatchedTarget> again,
      Consumer<WatchedTarget> forgotten) {
    var added = new ArrayList<WatchedTarget>();
    var gone = new ArrayList<WatchedTarget>();
    synchronized (lock) {
      long now = ticker.read();
      Map<String, WatchedTarget> old = targets;
      var next = new LinkedHashMap<String, WatchedTarget>(wanted.size() * 2);
      for (Target target : wanted) {
        WatchedTarget known = old.get(target.id());
        boolean stays = known != null && known.target().equals(target);
        WatchedTarget watched = stays ? requireNonNull(known) : revive(target, fresh, again, now);
        if (next.put(target.id(), watched) != null) {
          throw new IllegalArgumentException(
              "targets: \"" + target.id() + "\" twice (expected: unique ids)");
        }
        if (!stays) {
          added.add(watched);
        }
      }
      for (WatchedTarget watched : order) {
        if (next.get(watched.target().id()) != watched) {
          gone.add(watched);
        }
      }
      gone.forEach(watched -> forget(watched, forgotten, now));
      targets = next;
      order = next.values().toArray(NONE);
      added.forEach(this::welcome);
      retained.values().removeIf(past -> past.until - now <= 0);
      judgePanic();
      lock.notifyAll();
    }
    return new Difference(added, gone);
  }

  private WatchedTarget revive(
      Target target,
      Function<Target, WatchedTarget> fresh,
      Function<WatchedTarget, WatchedTarget> again,
      long now) {
    Retained past = retained.get(target.id());
    boolean valid = past != null && past.until - now > 0 && past.target.target().equals(target);
    return valid ? again.apply(requireNonNull(past).target) : fresh.apply(target);
  }

  private void welcome(WatchedTarget watched) {
    retained.remove(watched.target().id());
    available += watched.state().available() ? 1 : 0;
    unprobed++;
    Target target = watched.target();
    emit(HealthEvent.Kind.ADDED, target.id(), null, watched.state(), DecidedBy.SYSTEM, "added");
  }

  private void forget(WatchedTarget watched, Consumer<WatchedTarget> forgotten, long now) {
    watched.removed = true;
    available -= watched.state().available() ? 1 : 0;
    unprobed -= watched.isProbed() ? 0 : 1;
    doubt(massFailure.failing(watched.lastProbeFailed ? -1 : 0, order.length, now));
    forgotten.accept(watched);
    String id = watched.target().id();
    if (settings.retainNanos() > 0) {
      retained.put(id, new Retained(watched, now + settings.retainNanos()));
    }
    emit(HealthEvent.Kind.REMOVED, id, null, null, DecidedBy.SYSTEM, "removed");
  }

  /** Changes what is known of a target and tells everybody if it now stands otherwise. */
  void change(WatchedTarget watched, DecidedBy by, String cause, Runnable how) {
    synchronized (lock) {
      if (watched.removed) {
        return;
      }
      TargetState before = watched.state();
      how.run();
      if (!watched.settle(ticker.read(), by, cause)) {
        return;
      }
      TargetState after = watched.state();
      String id = watched.target().id();
      log.info("{}: {} is {} ({})", settings.name(), id, after, cause);
      transitions[after.ordinal()]++;
      available += (after.available() ? 1 : 0) - (before.available() ? 1 : 0);
      emit(HealthEvent.Kind.CHANGED, id, before, after, by, cause);
      judgePanic();
    }
  }

  /** Counts a probe; tells whether its verdict must wait since too many fail at once. */
  boolean mustWait(WatchedTarget watched, boolean failed) {
    synchronized (lock) {
      if (watched.removed) {
        return true;
      }
      long now = ticker.read();
      if (failed != watched.lastProbeFailed) {
        watched.lastProbeFailed = failed;
        doubt(massFailure.failing(failed ? 1 : -1, order.length, now));
      }
      return failed && massFailure.holds(now);
    }
  }

  private void doubt(MassFailureGuard.Doubt doubt) {
    if (doubt == MassFailureGuard.Doubt.BEGINS) {
      notice("many targets fail at once: verdicts are held back for a round");
    } else if (doubt == MassFailureGuard.Doubt.ENDS) {
      notice("no longer do many targets fail at once");
    }
  }

  void count(String targetId, ProbeResult result) {
    int cause = result.cause().ordinal();
    probes.lazySet(cause, probes.get(cause) + 1); // one writer, the engine's thread
    probeNanos.lazySet(probeNanos.get() + result.latencyNanos());
    if (result.cause().passed()) {
      for (HealthSignal.ProbeListener listener : probeListeners) {
        try {
          listener.onProbe(targetId, result.latencyNanos());
        } catch (RuntimeException e) {
          log.warn("a probe listener failed", e);
        }
      }
    }
  }

  HealthSignal.Subscription subscribeProbes(HealthSignal.ProbeListener listener) {
    probeListeners.add(listener);
    return () -> probeListeners.remove(listener);
  }

  void countInconclusive() {
    inconclusive.incrementAndGet();
  }

  void firstProbeDone() {
    synchronized (lock) {
      unprobed--;
      lock.notifyAll();
    }
  }

  private void judgePanic() {
    boolean now = order.length > 0 && available < settings.panicBelow() * order.length;
    if (now != panicking) {
      panicking = now;
      notice(now ? "panic: too few targets are available" : "panic is over");
    }
  }

  void notice(String what) {
    synchronized (lock) {
      log.warn("{}: {}", settings.name(), what);
      emit(HealthEvent.Kind.NOTICE, "", null, null, DecidedBy.SYSTEM, what);
    }
  }

  /** Under the lock, so that sequence and order agree for all listeners. */
  private void emit(
      HealthEvent.Kind kind,
      String id,
      @Nullable TargetState from,
      @Nullable TargetState to,
      DecidedBy by,
      String cause) {
    sequence++;
    if (!queues.isEmpty()) {
      var event =
          new HealthEvent(
              sequence, kind, id, from, to, by, cause, System.currentTimeMillis(), null);
      queues.forEach(queue -> queue.offer(event));
    }
  }

  /** Adds one who listens, perhaps beginning with how all stands. */
  EventQueue listen(Consumer<HealthEvent> listener, boolean fromSnapshot) {
    var queue = new EventQueue(engine::tell, listener, this::resync, lostEvents::addAndGet);
    synchronized (lock) {
      queues.add(queue);
      if (fromSnapshot) {
        queue.beginWithSnapshot();
      }
    }
    return queue;
  }

  void unlisten(EventQueue queue) {
    queues.remove(queue);
    queue.close();
  }

  private HealthEvent resync() {
    CheckerSnapshot all = snapshot();
    return new HealthEvent(
        all.sequence(),
        HealthEvent.Kind.RESYNC,
        "",
        null,
        null,
        DecidedBy.SYSTEM,
        "how all stands",
        System.currentTimeMillis(),
        all);
  }

  CheckerSnapshot snapshot() {
    synchronized (lock) {
      long now = ticker.read();
      var views = new ArrayList<TargetView>(order.length);
      for (WatchedTarget watched : order) {
        views.add(watched.view(now, settings));
      }
      return new CheckerSnapshot(settings.name(), sequence, panicking, views, totals());
    }
  }

  private Totals totals() {
    var byCause = new EnumMap<Cause, Long>(Cause.class);
    for (Cause cause : Cause.values()) {
      byCause.put(cause, probes.get(cause.ordinal()));
    }
    var byState = new EnumMap<TargetState, Long>(TargetState.class);
    for (TargetState state : TargetState.values()) {
      byState.put(state, transitions[state.ordinal()]);
    }
    return new Totals(
        byCause,
        probeNanos.get(),
        inconclusive.get(),
        byState,
        lostEvents.get(),
        engine.inFlight(),
        engine.lagNanos());
  }

  /** Waits until every target has been probed once, if any is, and all names are resolved. */
  boolean awaitFirstRound(long nanos, boolean probing, BooleanSupplier resolved)
      throws InterruptedException {
    long end = System.nanoTime() + nanos; // the caller's patience, not the targets' time
    synchronized (lock) {
      while (!closed) {
        if ((!probing || unprobed == 0) && resolved.getAsBoolean()) {
          return true;
        }
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        lock.wait(left / 1_000_000 + 1);
      }
      return false;
    }
  }

  /** Ends all; returns the targets there were. */
  WatchedTarget[] close() {
    WatchedTarget[] all;
    synchronized (lock) {
      closed = true;
      all = order;
      lock.notifyAll();
    }
    // Not under the lock: this waits for a listener under way, which may want the lock.
    queues.forEach(EventQueue::close);
    return all;
  }
}
