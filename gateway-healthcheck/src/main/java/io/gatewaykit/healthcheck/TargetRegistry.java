// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.CheckerSnapshot.Totals;
import io.gatewaykit.healthcheck.internal.engine.ProbeLoop;
import io.gatewaykit.healthcheck.state.DecisionSource;
import io.gatewaykit.healthcheck.state.TargetState;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Holds the targets of a checker and their states. All state changes are made here under a single
 * lock. They are therefore totally ordered, event sequence numbers follow that order, and the count
 * of available targets is exact. User code is never called while the lock is held.
 */
@SuppressWarnings({"ReferenceEquality", "EnumOrdinal"}) // watched targets are compared by identity
final class TargetRegistry {
  private static final Logger log = LoggerFactory.getLogger(TargetRegistry.class);
  private static final WatchedTarget[] NO_TARGETS = {};

  /** The time of waiting threads; that of the engine may be simulated. */
  private static final Ticker REAL_TIME = Ticker.system();

  /** The lock; also the monitor of {@link #awaitFirstRound}. */
  private final Object lock = new Object();

  private final CheckerSettings settings;
  private final ProbeLoop loop;
  private final Ticker ticker;
  private final BiConsumer<WatchedTarget, TrialEffect> trialEffects;
  private final EventPublisher events;
  private final StateLog stateLog;

  /** Targets by id. Replaced as a whole under the lock, never modified. */
  private volatile Map<String, WatchedTarget> targets = Map.of();

  private volatile WatchedTarget[] orderedTargets = NO_TARGETS;

  // Guarded by lock.
  private final MassFailureGuard massFailureGuard;
  private final Map<String, Retained> retained = new HashMap<>();
  private final long[] transitionsByState = new long[TargetState.values().length];
  private int available;
  private int unprobed;

  private volatile boolean panicMode;
  private volatile boolean closed;

  private final ProbeCounters probes = new ProbeCounters();

  /** A removed target whose verdict can be restored until {@code expiresAt}. */
  private record Retained(WatchedTarget target, long expiresAt) {}

  /** The targets added and removed by {@link #replaceTargets}. */
  record TargetChanges(List<WatchedTarget> added, List<WatchedTarget> removed) {}

  /**
   * Creates an empty registry.
   *
   * @param trialEffects called under the lock with the effect of each transition
   */
  TargetRegistry(
      CheckerSettings settings,
      ProbeLoop loop,
      InstantSource clock,
      BiConsumer<WatchedTarget, TrialEffect> trialEffects) {
    this.trialEffects = trialEffects;
    this.settings = settings;
    this.loop = loop;
    events = new EventPublisher(settings.name(), loop::notifyListeners, clock, this::snapshot);
    stateLog = new StateLog(log, settings.name(), loop::notifyListeners);
    ticker = loop.ticker();
    var schedule = settings.schedule();
    massFailureGuard =
        new MassFailureGuard(
            settings.active().massFailureShare(), schedule.interval() + schedule.timeout());
    settings.listeners().forEach(listener -> addListener(listener::onEvent, false));
  }

  Map<String, WatchedTarget> targets() {
    return targets;
  }

  WatchedTarget[] orderedTargets() {
    return orderedTargets;
  }

  ProbeCounters probes() {
    return probes;
  }

  int available() {
    return available;
  }

  long now() {
    return ticker.read();
  }

  boolean isPanicMode() {
    return panicMode;
  }

  boolean isClosed() {
    return closed;
  }

  /** Returns the lock, for decisions that depend on the states of several targets. */
  Object lock() {
    return lock;
  }

  /**
   * Replaces the set of targets. A target equal to a current one keeps its state.
   *
   * @param create creates the state of a new target
   * @param restore creates it from the retained state of a target that was removed recently
   * @param removalHook called under the lock for each removed target
   * @throws IllegalArgumentException if two targets have the same id
   */
  TargetChanges replaceTargets(
      Collection<Target> newTargets,
      Function<Target, WatchedTarget> create,
      Function<WatchedTarget, WatchedTarget> restore,
      Consumer<WatchedTarget> removalHook) {
    var added = new ArrayList<WatchedTarget>();
    var removed = new ArrayList<WatchedTarget>();
    synchronized (lock) {
      long now = ticker.read();
      Map<String, WatchedTarget> currentTargets = targets;
      var next = new LinkedHashMap<String, WatchedTarget>(newTargets.size() * 2);
      for (Target target : newTargets) {
        WatchedTarget current = currentTargets.get(target.id());
        boolean unchanged = current != null && current.target().equals(target);
        WatchedTarget watched =
            unchanged ? requireNonNull(current) : restoreOrCreate(target, create, restore, now);
        if (next.put(target.id(), watched) != null) {
          throw new IllegalArgumentException(
              "targets: duplicate id \"" + target.id() + "\" (expected: unique ids)");
        }
        if (!unchanged) {
          added.add(watched);
        }
      }
      for (WatchedTarget watched : orderedTargets) {
        if (next.get(watched.target().id()) != watched) {
          removed.add(watched);
        }
      }
      removed.forEach(watched -> onRemoved(watched, removalHook, now));
      targets = next;
      orderedTargets = next.values().toArray(NO_TARGETS);
      added.forEach(this::onAdded);
      retained.values().removeIf(previous -> previous.expiresAt - now <= 0);
      updatePanicMode();
      lock.notifyAll();
    }
    return new TargetChanges(added, removed);
  }

  private WatchedTarget restoreOrCreate(
      Target target,
      Function<Target, WatchedTarget> create,
      Function<WatchedTarget, WatchedTarget> restore,
      long now) {
    Retained previous = retained.get(target.id());
    boolean valid =
        previous != null && previous.expiresAt - now > 0 && previous.target.target().equals(target);
    return valid ? restore.apply(requireNonNull(previous).target) : create.apply(target);
  }

  private void onAdded(WatchedTarget watched) {
    retained.remove(watched.target().id());
    available += watched.state().available() ? 1 : 0;
    unprobed++;
    Target target = watched.target();
    events.publish(
        HealthEvent.Kind.ADDED, target.id(), null, watched.state(), DecisionSource.SYSTEM, "added");
  }

  private void onRemoved(WatchedTarget watched, Consumer<WatchedTarget> removalHook, long now) {
    watched.removed = true;
    available -= watched.state().available() ? 1 : 0;
    unprobed -= watched.isProbed() ? 0 : 1;
    publishMassFailure(
        massFailureGuard.addFailing(watched.lastProbeFailed ? -1 : 0, orderedTargets.length, now));
    removalHook.accept(watched);
    String id = watched.target().id();
    if (settings.retainNanos() > 0) {
      retained.put(id, new Retained(watched, now + settings.retainNanos()));
    }
    events.publish(HealthEvent.Kind.REMOVED, id, null, null, DecisionSource.SYSTEM, "removed");
  }

  /** Applies a transition to a target and publishes an event if its state changed as a result. */
  void apply(WatchedTarget watched, Transition transition) {
    synchronized (lock) {
      if (watched.removed) {
        return;
      }
      TargetState before = watched.state();
      trialEffects.accept(watched, transition.applyTo(watched));
      DecisionSource decidedBy = transition.decidedBy();
      String cause = transition.cause();
      if (!watched.updateState(ticker.read(), decidedBy, cause)) {
        return;
      }
      TargetState after = watched.state();
      String id = watched.target().id();
      stateLog.add(Level.INFO, "target " + id + " is now " + after + " (" + cause + ")");
      transitionsByState[after.ordinal()]++;
      available += (after.available() ? 1 : 0) - (before.available() ? 1 : 0);
      events.publish(HealthEvent.Kind.CHANGED, id, before, after, decidedBy, cause);
      updatePanicMode();
    }
  }

  /** Makes a request the trial of its target; false if no trial is open. */
  boolean takeTrial(WatchedTarget watched) {
    synchronized (lock) {
      boolean open = watched.isTrialOpen() && !watched.removed;
      if (open) {
        apply(watched, Transition.Trial.TAKEN);
      }
      return open;
    }
  }

  /** Schedules a trial for a target that is added with a negative passive verdict. */
  void resumeTrial(WatchedTarget watched) {
    synchronized (lock) {
      if (!watched.passive().state().available()) {
        trialEffects.accept(watched, TrialEffect.DOWN);
      }
    }
  }

  /** Records a probe outcome; true if its verdict must be held back due to a mass failure. */
  boolean recordProbe(WatchedTarget watched, boolean failed) {
    synchronized (lock) {
      if (watched.removed) {
        return true;
      }
      long now = ticker.read();
      if (failed != watched.lastProbeFailed) {
        watched.lastProbeFailed = failed;
        publishMassFailure(
            massFailureGuard.addFailing(failed ? 1 : -1, orderedTargets.length, now));
      }
      return failed && massFailureGuard.shouldHold(now);
    }
  }

  private void publishMassFailure(MassFailureGuard.Change change) {
    if (change == MassFailureGuard.Change.STARTED) {
      publishNotice("mass failure suspected: down verdicts are held back for one round");
    } else if (change == MassFailureGuard.Change.ENDED) {
      publishNotice(Level.INFO, "mass failure ended");
    }
  }

  void onFirstProbe() {
    synchronized (lock) {
      unprobed--;
      lock.notifyAll();
    }
  }

  private void updatePanicMode() {
    boolean tooFewAvailable =
        orderedTargets.length > 0 && available < settings.panicBelow() * orderedTargets.length;
    if (tooFewAvailable != panicMode) {
      panicMode = tooFewAvailable;
      if (tooFewAvailable) {
        publishNotice("entered panic mode: too few targets available");
      } else {
        publishNotice(Level.INFO, "left panic mode");
      }
    }
  }

  /** Publishes a notice that may require an operator. */
  void publishNotice(String message) {
    publishNotice(Level.WARN, message);
  }

  /** Publishes a notice, logged at the level. */
  void publishNotice(Level level, String message) {
    synchronized (lock) {
      stateLog.add(level, message);
      events.publish(HealthEvent.Kind.NOTICE, "", null, null, DecisionSource.SYSTEM, message);
    }
  }

  /** Registers a listener. If {@code fromSnapshot} is true, its first event is a RESYNC. */
  EventQueue addListener(Consumer<HealthEvent> listener, boolean fromSnapshot) {
    synchronized (lock) {
      return events.add(listener, fromSnapshot);
    }
  }

  void removeListener(EventQueue queue) {
    events.remove(queue);
  }

  CheckerSnapshot snapshot() {
    synchronized (lock) {
      long now = ticker.read();
      var views = new ArrayList<TargetView>(orderedTargets.length);
      for (WatchedTarget watched : orderedTargets) {
        views.add(watched.view(now, settings));
      }
      return new CheckerSnapshot(settings.name(), events.sequence(), panicMode, views, totals());
    }
  }

  private Totals totals() {
    var byState = new EnumMap<TargetState, Long>(TargetState.class);
    for (TargetState state : TargetState.values()) {
      byState.put(state, transitionsByState[state.ordinal()]);
    }
    return new Totals(
        probes.byCause(),
        Duration.ofNanos(probes.nanos()),
        probes.inconclusive(),
        byState,
        events.dropped(),
        loop.inFlight(),
        Duration.ofNanos(loop.lagNanos()));
  }

  /** Waits for name resolution and, if probing, one probe per target; false on timeout or close. */
  boolean awaitFirstRound(long nanos, boolean probing, BooleanSupplier resolved)
      throws InterruptedException {
    long deadline = REAL_TIME.read() + nanos;
    synchronized (lock) {
      while (!closed) {
        if ((!probing || unprobed == 0) && resolved.getAsBoolean()) {
          return true;
        }
        long remaining = deadline - REAL_TIME.read();
        if (remaining <= 0) {
          return false;
        }
        lock.wait(remaining / 1_000_000 + 1);
      }
      return false;
    }
  }

  /** Closes the registry and its listeners, and returns the remaining targets. */
  WatchedTarget[] close() {
    WatchedTarget[] remaining;
    synchronized (lock) {
      closed = true;
      remaining = orderedTargets;
      lock.notifyAll();
    }
    // Outside the lock: close() waits for a running listener, which may itself need the lock.
    events.close();
    stateLog.flush();
    return remaining;
  }
}
