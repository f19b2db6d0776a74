package io.gatewaykit.healthcheck;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.healthcheck.CheckerSnapshot.DecidedBy;
import io.gatewaykit.healthcheck.ProbeResult.Cause;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The active half: begins and ends the probing of targets, and judges results. */
final class ActiveChecks {
  private static final Logger log = LoggerFactory.getLogger(ActiveChecks.class);
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final CheckerSettings settings;
  private final ProbeEngine engine;
  private final Ticker ticker;
  private final VerdictBook book;
  private final @Nullable OutlierWatch outliers;
  private final Consumer<WatchedTarget> unreachable;

  // The engine's thread alone.
  private boolean wasLate;
  private long lastLate;

  /**
   * Makes the checks.
   *
   * @param unreachable learns of targets to which no connection came about
   */
  ActiveChecks(
      CheckerSettings settings,
      ProbeEngine engine,
      VerdictBook book,
      @Nullable OutlierWatch outliers,
      Consumer<WatchedTarget> unreachable) {
    this.settings = settings;
    this.engine = engine;
    this.book = book;
    this.outliers = outliers;
    this.unreachable = unreachable;
    ticker = engine.ticker();
  }

  long now() {
    return ticker.read();
  }

  // On the engine's thread.
  void start(WatchedTarget watched) {
    Probe probe = settings.probe();
    if (probe != null && !book.isClosed() && !watched.removed) {
      var prober = new TargetProber(engine, watched, settings.schedule(), probe);
      watched.prober = prober;
      prober.begin();
    }
  }

  // On the engine's thread.
  void stop(WatchedTarget watched) {
    TargetProber prober = watched.prober;
    if (prober != null) {
      prober.close();
      watched.prober = null;
    }
    if (watched.trial != null) {
      engine.wheel().cancel(watched.trial);
      watched.trial = null;
    }
  }

  /** Takes the result of a probe. On the engine's thread. */
  void probed(WatchedTarget watched, ProbeResult result) {
    book.count(watched.target().id(), result);
    boolean failed = !result.cause().passed();
    boolean waits =
        (failed || watched.lastProbeFailed)
            && book.mustWait(watched, failed)
            && wouldGoDown(watched, result);
    if (!waits) {
      judge(watched, result, false);
    }
    if (watched.probes() == 1) {
      book.firstProbeDone();
    }
    if (result.cause() == Cause.CONNECT) {
      unreachable.accept(watched);
    }
  }

  /** Takes what a target said of itself, unasked: it needs no second opinion. */
  void told(WatchedTarget watched, ProbeResult result) {
    judge(watched, result, true);
  }

  private boolean wouldGoDown(WatchedTarget watched, ProbeResult result) {
    VerdictWord word = watched.active();
    boolean would =
        result.cause() == Cause.FAIL_NOW
            || !Thresholds.state(
                    VerdictWord.after(word.get(), settings.active(), result.cause().report(), true))
                .available();
    return word.state().available() && would;
  }

  private void judge(WatchedTarget watched, ProbeResult result, boolean atOnce) {
    Cause cause = result.cause();
    Report report = cause.report();
    boolean decisive = atOnce || cause == Cause.FAIL_NOW;
    VerdictWord word = watched.active();
    boolean saysSame = !cause.passed() || watched.saysNow(cause);
    boolean quiet = !decisive && saysSame && word.count(settings.active(), report);
    if (!quiet) {
      book.change(
          watched,
          DecidedBy.ACTIVE,
          result.detail(),
          () -> {
            if (decisive) {
              word.settle(cause.passed() ? TargetState.HEALTHY : TargetState.UNHEALTHY);
            } else {
              word.decide(settings.active(), report, true);
            }
            if (cause.passed()) {
              watched.says(cause);
            }
          });
    }
    if (outliers != null && cause.passed() && watched.isEjected()) {
      book.locked(() -> outliers.probePassed(watched));
    }
  }

  /** Takes note of a probe that said nothing about its target. */
  void inconclusive(WatchedTarget watched, String why) {
    book.countInconclusive();
    log.debug("{}: a probe of {} said nothing: {}", settings.name(), watched.target().id(), why);
  }

  /** Says so, once in a while, when this process is late. */
  void late(long nanos) {
    long now = ticker.read();
    if (!wasLate || now - lastLate > settings.schedule().interval()) {
      wasLate = true;
      lastLate = now;
      book.notice(
          "this process was "
              + nanos / NANOS_PER_MILLI
              + " ms late: what it found out meanwhile does not count");
    }
  }
}
