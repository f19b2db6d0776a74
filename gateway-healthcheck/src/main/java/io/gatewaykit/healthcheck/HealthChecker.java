package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.healthcheck.CheckerSnapshot.DecidedBy;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Watches a set of targets: probes them, takes reports of real traffic, and holds two verdicts per
 * target, of which the worse stands. A target nobody has reported on is {@link Health#UNKNOWN},
 * which counts as available.
 *
 * <p>Thread-safe. Probes run on the {@link ProbeEngine}; reports of real traffic are taken on the
 * caller's thread and allocate nothing while they change nothing. Closing it ends its probes.
 */
public final class HealthChecker implements HealthSignal, OutcomeReport, AutoCloseable {
  private final CheckerSettings settings;
  private final ProbeEngine engine;
  private final VerdictBook book;
  private final NamedTargets names;
  private final ActiveChecks checks;
  private final TrafficReports reports;
  private final @Nullable OutlierWatch outliers;

  HealthChecker(CheckerSettings settings, ProbeEngine engine) {
    this.settings = settings;
    this.engine = engine;
    book = new VerdictBook(settings, engine);
    Outliers judged = settings.outliers();
    outliers = judged == null ? null : new OutlierWatch(judged, new Ejections(), engine.seed());
    names =
        new NamedTargets(
            engine, settings.resolver(), settings.staleNanos(), this::replace, book::notice);
    checks =
        new ActiveChecks(
            settings, engine, book, outliers, watched -> names.doubt(watched.target()));
    reports = new TrafficReports(settings, engine, book, outliers);
    if (judged != null) {
      repeatSweep(judged.intervalNanos());
    }
  }

  /** Returns a builder. The name is for people and metrics. */
  public static HealthCheckerBuilder builder(String name) {
    return new HealthCheckerBuilder(name);
  }

  /**
   * Replaces the targets. What is known of those that stay the same is kept, also when they are
   * probed; targets that are names keep what is known of each address.
   *
   * @throws IllegalArgumentException if an id occurs twice; the targets stay as they were
   */
  public void setTargets(Collection<Target> newTargets) {
    names.set(newTargets);
  }

  /** Takes the targets with names replaced by addresses; in the order of the changes. */
  private void replace(Collection<Target> targets) {
    VerdictBook.Difference difference =
        book.replace(
            targets,
            target -> watched(target, null),
            past -> watched(past.target(), past),
            gone -> {
              if (outliers != null) {
                outliers.forget(gone);
              }
            });
    engine.execute(() -> {
      difference.gone().forEach(checks::stop);
      difference
          .added()
          .forEach(added -> {
            checks.start(added);
            reports.resume(added);
          });
    });
  }

  private WatchedTarget watched(Target target, @Nullable WatchedTarget past) {
    TargetTraffic traffic = outliers == null ? null : outliers.traffic();
    return new WatchedTarget(checks, target, settings, traffic, past, engine.ticker().read());
  }

  @Override
  public void report(String endpointId, Outcome outcome, int status, long latencyNanos) {
    WatchedTarget watched = find(endpointId);
    if (watched != null) {
      reports.report(watched, outcome, status, latencyNanos);
    }
  }

  /** The target; for a name with one address, that address. */
  private @Nullable WatchedTarget find(String id) {
    WatchedTarget watched = book.targets().get(id);
    if (watched == null) {
      List<String> members = names.members(id);
      return members == null || members.size() != 1 ? null : book.targets().get(members.get(0));
    }
    return watched;
  }

  @Override
  public Health health(String endpointId) {
    WatchedTarget watched = book.targets().get(endpointId);
    if (watched != null) {
      return watched.state().health();
    }
    List<String> members = names.members(endpointId);
    return members == null ? Health.UNKNOWN : best(members);
  }

  /** A name is as healthy as its best address; without addresses it is not. */
  private Health best(List<String> members) {
    Health best = Health.UNHEALTHY;
    for (String id : members) {
      WatchedTarget watched = book.targets().get(id);
      Health health = watched == null ? Health.UNHEALTHY : watched.state().health();
      if (health.available() && health.compareTo(Health.HEALTHY) <= 0) {
        return health;
      }
      best = health.available() || !best.available() ? health : best;
    }
    return best;
  }

  /** Returns the handle of a target, for those who ask often; null if there is none. */
  public @Nullable TargetHandle target(String targetId) {
    WatchedTarget watched = find(targetId);
    return watched == null ? null : new TargetHandle(this, watched);
  }

  /** Tells whether so few targets are available that all of them should be used. */
  public boolean isPanicking() {
    return book.isPanicking();
  }

  TrafficReports reports() {
    return reports;
  }

  double slowStartShare(WatchedTarget watched) {
    long time = settings.slowStartNanos();
    return time == 0 ? 1 : watched.slowStartShare(engine.ticker().read(), time);
  }

  /**
   * Declares a target healthy or not, whatever probes and traffic say, until {@link #unforce}.
   *
   * @return false if there is no such target
   */
  public boolean force(String targetId, boolean up) {
    TargetState state = up ? TargetState.FORCED_UP : TargetState.FORCED_DOWN;
    return override(targetId, state, "forced by an operator");
  }

  /**
   * Takes a target out: nothing new goes there, and probes go on.
   *
   * @return false if there is no such target
   */
  public boolean drain(String targetId) {
    return override(targetId, TargetState.DRAINING, "drained by an operator");
  }

  /**
   * Ends {@link #force} or {@link #drain}: what probes and traffic have said meanwhile holds.
   *
   * @return false if there is no such target
   */
  public boolean unforce(String targetId) {
    return override(targetId, null, "no longer forced or drained");
  }

  private boolean override(String targetId, @Nullable TargetState state, String cause) {
    WatchedTarget watched = find(targetId);
    if (watched == null) {
      return false;
    }
    book.change(watched, DecidedBy.ADMIN, cause, () -> watched.override(state));
    return true;
  }

  /**
   * Sets the verdict on a target and forgets all counts; probes and traffic go on from there.
   *
   * @return false if there is no such target
   */
  public boolean reset(String targetId, boolean up) {
    WatchedTarget watched = find(targetId);
    if (watched == null) {
      return false;
    }
    reports.decide(watched, up, DecidedBy.ADMIN, "set by an operator");
    return true;
  }

  @Override
  public Subscription subscribeProbes(ProbeListener listener) {
    return book.subscribeProbes(requireNonNull(listener, "listener"));
  }

  @Override
  public Subscription subscribe(Listener listener) {
    requireNonNull(listener, "listener");
    return subscription(
        book.listen(
            event -> {
              TargetState from = event.from();
              TargetState to = event.to();
              CheckerSnapshot all = event.snapshot();
              if (all != null) {
                all.targets()
                    .forEach(view -> listener.onHealth(view.target().id(), view.state().health()));
              } else if (from != null && to != null && from.health() != to.health()) {
                listener.onHealth(event.targetId(), to.health());
              }
            },
            false));
  }

  /**
   * Adds a listener. Its first event is {@link HealthEvent.Kind#RESYNC} with how all stands; those
   * that follow have no gap.
   */
  public Subscription listen(HealthListener listener) {
    requireNonNull(listener, "listener");
    return subscription(book.listen(listener::onEvent, true));
  }

  private Subscription subscription(EventQueue queue) {
    return () -> book.unlisten(queue);
  }

  /**
   * Waits until every name has been looked up and every target probed at least once.
   *
   * @return false if the time was up before, or the checker was closed
   * @throws InterruptedException if the thread was interrupted while it waited
   */
  public boolean awaitFirstRound(Duration longest) throws InterruptedException {
    boolean probes = settings.probe() != null;
    return book.awaitFirstRound(longest.toNanos(), probes, names::allAnswered);
  }

  /** Returns how the targets stand. */
  public CheckerSnapshot snapshot() {
    return book.snapshot();
  }

  /** Ends all probes and calls no listener any more. Verdicts stay as they are. */
  @Override
  public void close() {
    names.close();
    WatchedTarget[] all = book.close();
    engine.execute(() -> {
      for (WatchedTarget watched : all) {
        checks.stop(watched);
      }
    });
  }

  private final class Ejections implements OutlierWatch.Ejector {
    @Override
    public int available() {
      return book.available();
    }

    @Override
    public void eject(WatchedTarget target, String cause) {
      book.change(target, DecidedBy.OUTLIER, cause, () -> target.ejected(true));
      OutlierWatch.Ejection ejection = target.ejection;
      if (ejection != null) {
        long until = ejection.until();
        engine.execute(() -> engine.wheel().arm(new Release(target), until));
      }
    }

    @Override
    public void release(WatchedTarget target, String cause) {
      book.change(target, DecidedBy.OUTLIER, cause, () -> target.ejected(false));
    }

    @Override
    public void wouldEject(WatchedTarget target, String cause) {
      book.notice("dry run: " + target.target().id() + " would be ejected: " + cause);
    }
  }

  /** Lets a target back in at the end of its time, not at the next sweep. */
  private final class Release extends TimerWheel.Timer {
    private final WatchedTarget target;

    Release(WatchedTarget target) {
      this.target = target;
    }

    @Override
    void due(long now) {
      OutlierWatch watch = outliers;
      if (watch != null && !target.removed && !book.isClosed()) {
        book.locked(() -> watch.release(target, now));
      }
    }
  }

  /** Compares the targets again and again, until closed. */
  private void repeatSweep(long intervalNanos) {
    var sweep =
        new TimerWheel.Timer() {
          @Override
          void due(long now) {
            if (!book.isClosed()) {
              engine.wheel().arm(this, now + intervalNanos);
              sweepOutliers();
            }
          }
        };
    engine.execute(() -> engine.wheel().arm(sweep, engine.ticker().read() + intervalNanos));
  }

  /** Judges the requests since the last sweep. */
  void sweepOutliers() {
    OutlierWatch watch = outliers;
    if (watch != null) {
      book.locked(() -> watch.sweep(book.order(), engine.ticker().read()));
    }
  }
}
