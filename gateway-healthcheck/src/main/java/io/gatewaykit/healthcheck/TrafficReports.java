package io.gatewaykit.healthcheck;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.CheckerSnapshot.DecidedBy;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The passive half: what reports of real traffic lead to. Runs on the threads that report; a report
 * that changes no state takes no lock and makes no object.
 */
final class TrafficReports {
  /** Ready texts, by outcome, so that a report makes none. */
  private static final Map<Outcome, String> CAUSES = causes();

  private final CheckerSettings settings;
  private final ProbeEngine engine;
  private final Ticker ticker;
  private final VerdictBook book;
  private final @Nullable OutlierWatch outliers;
  private final boolean probed;
  private final boolean endsIdleness;
  private final boolean ignored;
  private final boolean hasTrials;

  /** What each HTTP status says of a target, looked up at once; null if nothing. */
  private final @Nullable Report[] meanings = new Report[600];

  TrafficReports(
      CheckerSettings settings,
      ProbeEngine engine,
      VerdictBook book,
      @Nullable OutlierWatch outliers) {
    this.settings = settings;
    this.engine = engine;
    this.book = book;
    this.outliers = outliers;
    ticker = engine.ticker();
    probed = settings.probe() != null;
    endsIdleness = settings.schedule().idle() != settings.schedule().interval();
    ignored = probed && settings.suspicion() == Suspicion.PROBE;
    hasTrials = !probed || !settings.sharedVerdict();
    meanings[0] = Report.HTTP_FAILURE;
    for (int status = 1; status < meanings.length; status++) {
      if (settings.badStatuses().get(status)) {
        meanings[status] = Report.HTTP_FAILURE;
      } else if (settings.goodStatuses().get(status)) {
        meanings[status] = Report.SUCCESS;
      }
    }
  }

  private static Map<Outcome, String> causes() {
    var causes = new EnumMap<Outcome, String>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      causes.put(outcome, "real traffic: " + outcome);
    }
    return causes;
  }

  /** What an outcome says of the target; null if nothing. */
  private static @Nullable Report reportOf(Outcome outcome) {
    return switch (outcome) {
      case SUCCESS -> Report.SUCCESS;
      case FAILURE -> Report.HTTP_FAILURE;
      case CONNECT_FAILURE -> Report.TCP_FAILURE;
      case TIMEOUT -> Report.TIMEOUT;
      case REJECTED_REMOTE, REJECTED_LOCAL, CANCELLED -> null;
    };
  }

  /**
   * Takes a status: good, bad, or in neither list, which is counted and shown, and decides nothing.
   */
  void status(WatchedTarget watched, int status, long latencyNanos) {
    Report report = status >= 0 && status < meanings.length ? meanings[status] : null;
    if (report == null) {
      watched.countUnclassified();
      saidNothing(watched);
    } else {
      Outcome outcome = report == Report.SUCCESS ? Outcome.SUCCESS : Outcome.FAILURE;
      report(watched, outcome, report, status, latencyNanos);
    }
  }

  /** Takes an outcome; the status, 0 if unknown, tells a gateway's failure from another. */
  void report(WatchedTarget watched, Outcome outcome, int status, long latencyNanos) {
    Report report = reportOf(outcome);
    if (report != null) {
      report(watched, outcome, report, status, latencyNanos);
    } else {
      saidNothing(watched);
    }
  }

  private void report(
      WatchedTarget watched, Outcome outcome, Report report, int status, long latencyNanos) {
    if (watched.removed) {
      return;
    }
    boolean failed = report != Report.SUCCESS;
    TargetTraffic traffic = watched.traffic();
    if (outliers != null && traffic != null) {
      traffic.count(!failed, isOfGateway(report, status), latencyNanos);
      double average = outliers.average(traffic, !failed, ticker);
      if (failed) {
        judgeFailure(outliers, watched, traffic, average);
      }
    }
    boolean ends = watched.sawTraffic() && endsIdleness;
    if (probed && (ends || (failed && settings.suspicion() != Suspicion.COUNT))) {
      probeSoon(watched);
    }
    if (!ignored && !watched.passive().count(settings.passive(), report)) {
      decide(watched, outcome, report);
    }
  }

  /** Whether it failed without the target's application: Envoy's gateway failures. */
  private static boolean isOfGateway(Report report, int status) {
    return report == Report.TCP_FAILURE
        || report == Report.TIMEOUT
        || report == Report.HTTP_FAILURE && status >= 502 && status <= 504;
  }

  private void judgeFailure(
      OutlierWatch watch, WatchedTarget watched, TargetTraffic traffic, double average) {
    book.locked(() -> watch.failed(watched, traffic, book.order().length, average, ticker.read()));
  }

  /** A trial that told nothing of the target is no trial: the next request is one. */
  private void saidNothing(WatchedTarget watched) {
    if (watched.isTrialTaken()) {
      book.change(
          watched, DecidedBy.SYSTEM, "trial without a result", () -> watched.trialTaken(false));
    }
  }

  private void decide(WatchedTarget watched, Outcome outcome, Report report) {
    String cause = CAUSES.getOrDefault(outcome, "");
    book.change(
        watched,
        DecidedBy.PASSIVE,
        cause,
        () -> {
          VerdictWord word = watched.passive();
          boolean wasUp = word.state().available();
          boolean trial = word.isTrial();
          word.decide(settings.passive(), report, false);
          watched.trialTaken(false);
          boolean isUp = word.state().available();
          if (isUp != wasUp || trial) {
            scheduleTrial(watched, isUp, trial);
          }
        });
  }

  /** Asks for a probe now, once until it has run. */
  private void probeSoon(WatchedTarget watched) {
    if (watched.suspect()) {
      engine.execute(() -> {
        TargetProber prober = watched.prober;
        if (prober != null) {
          prober.probeNow();
        }
      });
    }
  }

  /** Under the lock. */
  private void scheduleTrial(WatchedTarget watched, boolean up, boolean byTrial) {
    if (!hasTrials) {
      return;
    }
    long now = ticker.read();
    engine.execute(() -> {
      if (watched.removed || book.isClosed()) {
        return;
      }
      TrialTimer timer = watched.trial;
      if (timer == null) {
        timer = new TrialTimer(engine.wheel(), () -> beginTrial(watched), settings.trialNanos());
        watched.trial = timer;
      }
      if (up) {
        timer.up();
      } else {
        timer.down(byTrial, now);
      }
    });
  }

  private void beginTrial(WatchedTarget watched) {
    book.change(
        watched,
        DecidedBy.SYSTEM,
        "trial: the next real request decides",
        () -> {
          watched.passive().beginTrial();
          watched.trialTaken(false);
        });
  }

  /** Called when a request begins: the first one after a target's time out is its trial. */
  void begin(WatchedTarget watched) {
    if (watched.isTrialOpen()) {
      book.change(
          watched,
          DecidedBy.SYSTEM,
          "trial under way",
          () -> {
            if (watched.isTrialOpen()) {
              watched.trialTaken(true);
              long now = ticker.read();
              engine.execute(() -> {
                TrialTimer timer = watched.trial;
                if (timer != null && !watched.removed) {
                  timer.taken(now);
                }
              });
            }
          });
    }
  }

  /** Sets both verdicts, forgetting all counts; reports go on from there. */
  void decide(WatchedTarget watched, boolean up, DecidedBy by, String cause) {
    TargetState state = up ? TargetState.HEALTHY : TargetState.UNHEALTHY;
    book.change(
        watched,
        by,
        cause,
        () -> {
          watched.active().settle(state);
          watched.passive().settle(state);
          watched.trialTaken(false);
          scheduleTrial(watched, up, false);
        });
  }

  /** A target that came with a passive verdict against it needs its way back. */
  void resume(WatchedTarget watched) {
    if (!watched.passive().state().available()) {
      book.locked(() -> scheduleTrial(watched, false, false));
    }
  }
}
