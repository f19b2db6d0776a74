package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.Session.Ending;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Probes one target, never twice at once: waits for its time and for a place among the probes in
 * flight, asks the parts of its probe in turn within one deadline, tells the result. Lives on the
 * engine's thread.
 */
@SuppressWarnings("ReferenceEquality") // connections and the special ending have identity
final class TargetProber extends TimerWheel.Timer implements ProbeConnection.Owner {
  /** What is probed. */
  interface Subject {
    Target target();

    TargetState state();

    /** Called with each result. */
    void probed(ProbeResult result);

    /** Called when a probe said nothing about the target. */
    void inconclusive(String why);
  }

  private final ProbeEngine engine;
  private final Subject subject;
  private final Schedule schedule;
  private final List<Probe> parts;
  private final boolean oneIsEnough;
  private final @Nullable ProbeConnection[] connections;
  private final Deadline deadline = new Deadline();
  private final long origin;
  private final long phase;

  private int part;
  private long due;
  private long start;
  private boolean inFlight;
  private boolean countedDown;
  private boolean closed;
  private boolean askedAgain;
  private @Nullable FutureTask<?> customRun;

  private final class Deadline extends TimerWheel.Timer {
    @Override
    void due(long now) {
      if (now - at() > schedule.toleratedLag()) {
        abandon();
        subject.inconclusive("this process was too busy to tell");
        finish();
      } else {
        abandon();
        tell(new ProbeResult(Report.TIMEOUT, 0, now - start, "no answer in time", null));
      }
    }
  }

  TargetProber(ProbeEngine engine, Subject subject, Schedule schedule, Probe probe) {
    this.engine = engine;
    this.subject = subject;
    this.schedule = schedule;
    boolean combined = probe instanceof CombinedProbe;
    parts = combined ? ((CombinedProbe) probe).parts : List.of(probe);
    oneIsEnough = combined && ((CombinedProbe) probe).oneIsEnough;
    connections = new ProbeConnection[parts.size()];
    origin = engine.ticker().read();
    phase = schedule.phase(subject.target().id(), engine.seed());
  }

  /** Arms the first probe. */
  void begin() {
    if (!closed) {
      engine.wheel().arm(this, origin + phase);
    }
  }

  /** Brings the next probe forward, to now. */
  void probeNow() {
    if (!closed && !inFlight && isArmed()) {
      engine.wheel().arm(this, engine.ticker().read());
    }
  }

  /** Ends all; a probe under way has no result. */
  void close() {
    closed = true;
    engine.wheel().cancel(this);
    abandon();
    if (inFlight) {
      finish();
    }
    for (ProbeConnection connection : connections) {
      if (connection != null) {
        connection.close();
      }
    }
  }

  /** Its time has come: asks the engine for a place. */
  @Override
  void due(long now) {
    due = at();
    engine.admit(this, !subject.state().health().available());
  }

  /** Called with a place among the probes in flight. */
  void start(boolean down) {
    long now = engine.ticker().read();
    inFlight = true;
    countedDown = down;
    if (closed || now - due > schedule.interval()) {
      if (!closed) {
        subject.inconclusive("waited too long for its turn");
      }
      finish();
      return;
    }
    start = now;
    part = 0;
    askedAgain = false;
    engine.wheel().arm(deadline, now + schedule.timeout());
    ask();
  }

  private void ask() {
    Probe probe = parts.get(part);
    if (probe instanceof CustomProbe custom) {
      run(custom);
      return;
    }
    ProbeConnection kept = connections[part];
    if (kept != null && kept.isOpen()) {
      kept.askAgain();
      return;
    }
    try {
      connections[part] = new ProbeConnection(engine, subject.target().address(), probe, this);
    } catch (IOException | RuntimeException e) {
      partEnded(Ending.failed(Report.TCP_FAILURE, "cannot connect: " + e.getMessage()));
    }
  }

  private void run(CustomProbe custom) {
    long number = start;
    var run =
        new FutureTask<@Nullable Void>(
            () -> {
              Ending ending = check(custom);
              engine.execute(() -> {
                if (inFlight && start == number && customRun != null) {
                  customRun = null;
                  partEnded(ending);
                }
              });
            },
            null);
    customRun = run;
    try {
      custom.executor.execute(run);
    } catch (RejectedExecutionException e) {
      customRun = null;
      abandon();
      subject.inconclusive("the executor of the custom probe is full");
      finish();
    }
  }

  @SuppressWarnings("IllegalCatch") // whatever a user's check throws is a failure of the check
  private Ending check(CustomProbe custom) {
    try {
      return custom.check.passes(subject.target())
          ? new Ending(Report.SUCCESS, 0, "passed", false)
          : Ending.failed(Report.HTTP_FAILURE, "did not pass");
    } catch (Exception | LinkageError | AssertionError e) {
      return Ending.failed(Report.HTTP_FAILURE, "threw " + e);
    }
  }

  @Override
  public void ended(ProbeConnection connection, Ending ending) {
    if (connection != connections[part] || !inFlight) {
      return;
    }
    if (ending == Ending.ASK_AGAIN && !askedAgain) {
      askedAgain = true;
      connections[part] = null;
      ask();
    } else if (ending == Ending.ASK_AGAIN) {
      abandon();
      subject.inconclusive("asked twice to reconnect");
      finish();
    } else {
      partEnded(ending);
    }
  }

  private void partEnded(Ending ending) {
    boolean good = ending.report() == Report.SUCCESS;
    if (part + 1 < parts.size() && good != oneIsEnough) {
      part++;
      ask();
      return;
    }
    engine.wheel().cancel(deadline);
    ProbeConnection connection = connections[part];
    long latency = engine.ticker().read() - start;
    tell(
        new ProbeResult(
            ending.report(),
            ending.status(),
            latency,
            ending.detail(),
            connection == null ? null : connection.certificateExpiry()));
  }

  private void tell(ProbeResult result) {
    try {
      if (!closed) {
        subject.probed(result);
      }
    } finally {
      finish(); // whatever a listener throws, the next probe is due
    }
  }

  private void abandon() {
    engine.wheel().cancel(deadline);
    ProbeConnection connection = connections[part];
    if (inFlight && connection != null) {
      connection.close();
    }
    FutureTask<?> run = customRun;
    if (run != null) {
      customRun = null;
      run.cancel(true);
    }
  }

  private void finish() {
    inFlight = false;
    if (!closed) {
      engine.wheel().arm(this, nextDue());
    }
    engine.release(countedDown);
  }

  private long nextDue() {
    long now = engine.ticker().read();
    long interval = schedule.intervalIn(subject.state());
    long next =
        interval == schedule.interval()
            ? schedule.nextOnGrid(origin, phase, now)
            : Math.max(now, start + interval);
    double spread = (engine.random().nextDouble() * 2 - 1) * schedule.jitter() * interval;
    // Near the grid point just served, the next one is a whole interval away, not a sliver.
    if (next - start < interval / 2) {
      next += interval;
    }
    return next + (long) spread;
  }
}
