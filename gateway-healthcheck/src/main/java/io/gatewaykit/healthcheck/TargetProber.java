package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.ProbeResult.Cause;
import io.gatewaykit.healthcheck.Transport.Connection;
import io.gatewaykit.healthcheck.internal.wire.Ending;
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
final class TargetProber extends TimerWheel.Timer implements Transport.Owner, Places.Guest {
  /** What is probed. */
  interface Subject {
    Target target();

    /** What probes have said so far. */
    TargetState verdict();

    /** Whether the target has had real traffic. */
    boolean hasTraffic();

    /** Called with each result. */
    void probed(ProbeResult result);

    /** Called with what the target said of itself, unasked. */
    void told(ProbeResult result);

    /** Called when a probe said nothing about the target. */
    void inconclusive(String why);

    /** Called when this process was so late that a probe was left out. */
    void late(long nanos);
  }

  private final ProbeEngine engine;
  private final Subject subject;
  private final Schedule schedule;
  private final List<Probe> parts;
  private final boolean oneIsEnough;
  private final @Nullable Connection[] connections;
  private final Deadline deadline = new Deadline();
  private final Places.Address address;
  private final long origin;
  private final long phase;

  private int part;
  private long due;
  private long start;
  private boolean inFlight;
  private boolean countedDown;
  private boolean closed;
  private boolean askedAgain;
  private boolean asked;
  private volatile long nextAt;
  private @Nullable FutureTask<?> customRun;

  private final class Deadline extends TimerWheel.Timer {
    @Override
    void due(long now) {
      long late = now - at();
      abandon();
      if (late > schedule.toleratedLag()) {
        subject.late(late);
        inconclusive("this process was too busy to tell");
      } else {
        tell(new ProbeResult(Cause.TIMEOUT, 0, now - start, "no answer in time", null));
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
    connections = new Connection[parts.size()];
    origin = engine.ticker().read();
    phase = schedule.phase(subject.target().id(), engine.seed());
    address = engine.places().enter(subject.target().address().getAddress());
  }

  /** Arms the first probe. */
  void begin() {
    arm(origin + phase);
  }

  /** Brings the next probe forward: to now, but not sooner after the last than suspects get. */
  void probeNow() {
    if (!closed && !inFlight && isArmed()) {
      long soon = engine.ticker().read();
      if (asked) {
        soon = Math.max(soon, start + schedule.suspect());
      }
      if (soon - at() < 0) {
        arm(soon);
      }
    }
  }

  private void arm(long at) {
    nextAt = at;
    engine.wheel().arm(this, at);
  }

  /** When the next probe is due, by the ticker; of the last one while it is under way. */
  long nextAt() {
    return nextAt;
  }

  /** Ends all; a probe under way has no result. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    engine.wheel().cancel(this);
    abandon();
    if (inFlight) {
      finish();
    }
    for (Connection connection : connections) {
      if (connection != null) {
        connection.close();
      }
    }
    engine.places().leave(address);
  }

  /** Its time has come: asks for a place. */
  @Override
  void due(long now) {
    due = at();
    if (now - due > schedule.toleratedLag()) {
      // After a pause all targets are due at once: they go back to their own times.
      subject.late(now - due);
      arm(schedule.nextOnGrid(origin, phase, now));
      return;
    }
    countedDown = !subject.verdict().available();
    engine.places().ask(this, address, countedDown);
  }

  /** Called with a place among the probes in flight. */
  @Override
  public void start() {
    long now = engine.ticker().read();
    inFlight = true;
    if (closed) {
      finish();
      return;
    }
    start = now;
    asked = true;
    if (now - due > schedule.interval()) {
      inconclusive("waited too long for its turn");
      return;
    }
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
    Connection kept = connections[part];
    if (kept != null && kept.isOpen()) {
      kept.askAgain();
      return;
    }
    try {
      connections[part] = engine.transport().connect(engine, subject.target(), probe, this);
    } catch (IOException | RuntimeException e) {
      if (e instanceof IOException io && ProbeConnection.isLocal(io)) {
        abandon();
        inconclusive("cannot open a connection here: " + e.getMessage());
      } else {
        partEnded(Ending.failed(Cause.CONNECT, "cannot connect: " + e.getMessage()));
      }
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
      inconclusive("the executor of the custom probe is full");
    }
  }

  @SuppressWarnings("IllegalCatch") // whatever a user's check throws is a failure of the check
  private Ending check(CustomProbe custom) {
    try {
      return custom.check.passes(subject.target())
          ? new Ending(Cause.PASSED, 0, "passed", false)
          : Ending.failed(Cause.CUSTOM, "did not pass");
    } catch (Exception | LinkageError | AssertionError e) {
      return Ending.failed(Cause.CUSTOM, "threw " + e);
    }
  }

  @Override
  public void ended(Connection connection, Ending ending) {
    if (connection != connections[part] || !inFlight) {
      return;
    }
    if (ending == Ending.ASK_AGAIN && !askedAgain) {
      askedAgain = true;
      connections[part] = null;
      ask();
    } else if (ending == Ending.ASK_AGAIN) {
      abandon();
      inconclusive("asked twice to reconnect");
    } else {
      partEnded(ending);
    }
  }

  @Override
  public void told(Connection connection, Ending ending) {
    if (closed) {
      return;
    }
    // Of several parts none speaks for all; and a connection that broke is a question to ask.
    if (parts.size() > 1 || !ending.reusable()) {
      probeNow();
    } else {
      subject.told(result(ending, connection, 0));
    }
  }

  private void partEnded(Ending ending) {
    boolean good = ending.cause().passed();
    if (part + 1 < parts.size() && good != oneIsEnough) {
      part++;
      askedAgain = false;
      ask();
      return;
    }
    engine.wheel().cancel(deadline);
    tell(result(ending, connections[part], engine.ticker().read() - start));
  }

  private static ProbeResult result(Ending ending, @Nullable Connection connection, long latency) {
    return new ProbeResult(
        ending.cause(),
        ending.status(),
        latency,
        ending.detail(),
        connection == null ? null : connection.certificateExpiry());
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

  private void inconclusive(String why) {
    engine.wheel().cancel(deadline);
    subject.inconclusive(why);
    finish();
  }

  private void abandon() {
    engine.wheel().cancel(deadline);
    Connection connection = connections[part];
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
      arm(nextDue());
    }
    engine.release(address, countedDown);
  }

  private long nextDue() {
    long now = engine.ticker().read();
    long interval = schedule.intervalIn(subject.verdict(), subject.hasTraffic());
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
