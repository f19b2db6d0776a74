// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import io.gatewaykit.healthcheck.internal.engine.Transport.Connection;
import io.gatewaykit.healthcheck.internal.wire.ProbeOutcome;
import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import io.gatewaykit.healthcheck.state.TargetState;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Probes one target, never concurrently. Waits for the scheduled time and for a slot, runs the
 * parts of the probe one after the other within one timeout, and reports the result. Confined to
 * the loop's thread.
 */
@SuppressWarnings("ReferenceEquality") // connections and RECONNECT are compared by identity
public final class TargetProber extends TimerWheel.Timer
    implements Transport.Owner, ProbeSlots.Waiter {
  /** The target of the probes. */
  public interface Subject {
    /** Returns the current verdict of the probes. */
    TargetState verdict();

    /** Returns whether the target has received real traffic. */
    boolean hasTraffic();

    /** Called with each result. */
    void onResult(ProbeResult result);

    /** Called with a state that the target announced without being probed. */
    void onAnnouncement(ProbeResult result);

    /** Called after an inconclusive probe. */
    void onInconclusive(String reason);

    /** Called when a probe was skipped because this process was stalled. */
    void onStall(long nanos);
  }

  private final ProbeLoop loop;
  private final Transport transport;
  private final Subject subject;
  private final Schedule schedule;
  private final List<ProbePart> parts;
  private final boolean oneIsEnough;
  private final @Nullable Connection[] connections;
  private final ProbeSlots.Address address;
  private final long origin;
  private final long phase;

  private int part;
  private long due;
  private long start;
  private boolean inFlight;
  private boolean countedDown;
  private boolean closed;
  private boolean reconnected;
  private boolean probed;
  private volatile long nextAt;
  private @Nullable FutureTask<?> customRun;

  /** Creates a prober that has not started. */
  public TargetProber(
      ProbeLoop loop, Transport transport, Subject subject, Schedule schedule, ProbePlan plan) {
    this.loop = loop;
    this.transport = transport;
    this.subject = subject;
    this.schedule = schedule;
    parts = plan.parts();
    oneIsEnough = plan.oneIsEnough();
    connections = new Connection[parts.size()];
    origin = loop.ticker().read();
    phase = schedule.phase(plan.id(), loop.seed());
    address = loop.slots().register(plan.address());
  }

  /** Schedules the first probe. */
  public void scheduleFirst() {
    arm(origin + phase);
  }

  /** Brings the next probe forward to now, but keeps the suspect interval after the last one. */
  public void probeNow() {
    if (!closed && !inFlight && isArmed()) {
      long soon = loop.ticker().read();
      if (probed) {
        soon = Math.max(soon, start + schedule.suspect());
      }
      if (soon - at() < 0) {
        arm(soon);
      }
    }
  }

  private void arm(long at) {
    nextAt = at;
    loop.wheel().arm(this, at);
  }

  /** Returns the ticker time of the next probe, or of the current one while it is in flight. */
  public long nextAt() {
    return nextAt;
  }

  /** Stops probing. A probe in flight yields no result. */
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    loop.wheel().cancel(this);
    abandon();
    if (inFlight) {
      finish();
    }
    for (Connection connection : connections) {
      if (connection != null) {
        connection.close();
      }
    }
    loop.slots().unregister(address);
  }

  /** Called at the scheduled time of a probe, and while one is in flight, at its deadline. */
  @Override
  public void due(long now) {
    if (inFlight) {
      timedOut(now);
    } else {
      requestSlot(now);
    }
  }

  private void timedOut(long now) {
    long late = now - at();
    abandon();
    if (late > schedule.toleratedLag()) {
      subject.onStall(late);
      finishInconclusive("probe thread was stalled");
    } else {
      report(new ProbeResult(Cause.TIMEOUT, 0, now - start, "timed out", null));
    }
  }

  private void requestSlot(long now) {
    due = at();
    if (now - due > schedule.toleratedLag()) {
      // After a stall all targets would be due together: return each one to its own grid.
      subject.onStall(now - due);
      arm(schedule.nextOnGrid(origin, phase, now));
      return;
    }
    countedDown = !subject.verdict().available();
    loop.slots().acquire(this, address, countedDown);
  }

  /** Called with a slot. */
  @Override
  public void start() {
    long now = loop.ticker().read();
    inFlight = true;
    if (closed) {
      finish();
      return;
    }
    start = now;
    probed = true;
    if (now - due > schedule.interval()) {
      finishInconclusive("timed out waiting for a probe slot");
      return;
    }
    part = 0;
    reconnected = false;
    loop.wheel().arm(this, now + schedule.timeout());
    runPart();
  }

  private void runPart() {
    ProbePart current = parts.get(part);
    if (current instanceof ProbePart.Exchange exchange) {
      run(exchange);
    } else if (current instanceof ProbePart.Call call) {
      run(call);
    }
  }

  private void run(ProbePart.Exchange exchange) {
    Connection kept = connections[part];
    if (kept != null && kept.isOpen()) {
      kept.sendAgain();
      return;
    }
    try {
      connections[part] = transport.connect(exchange, this);
    } catch (IOException | RuntimeException e) {
      if (e instanceof LocalSocketException) {
        abandon();
        finishInconclusive("failed to open a local socket: " + e.getMessage());
      } else {
        partEnded(ProbeOutcome.failed(Cause.CONNECT, "failed to connect: " + e.getMessage()));
      }
    }
  }

  private void run(ProbePart.Call call) {
    long number = start;
    var run =
        new FutureTask<@Nullable Void>(
            () -> {
              ProbeOutcome outcome = check(call);
              loop.execute(() -> {
                if (inFlight && start == number && customRun != null) {
                  customRun = null;
                  partEnded(outcome);
                }
              });
            },
            null);
    customRun = run;
    try {
      call.executor().execute(run);
    } catch (RejectedExecutionException e) {
      customRun = null;
      abandon();
      finishInconclusive("executor of the custom probe rejected the task");
    }
  }

  @SuppressWarnings("IllegalCatch") // any exception of a user's check is a failed check
  private ProbeOutcome check(ProbePart.Call call) {
    try {
      return call.check().call()
          ? new ProbeOutcome(Cause.PASSED, 0, "passed", false)
          : ProbeOutcome.failed(Cause.CUSTOM, "returned false");
    } catch (Exception | LinkageError | AssertionError e) {
      return ProbeOutcome.failed(Cause.CUSTOM, "threw " + e);
    }
  }

  @Override
  public void onOutcome(Connection connection, ProbeOutcome outcome) {
    if (connection != connections[part] || !inFlight) {
      return;
    }
    if (outcome == ProbeOutcome.RECONNECT && !reconnected) {
      reconnected = true;
      connections[part] = null;
      runPart();
    } else if (outcome == ProbeOutcome.RECONNECT) {
      abandon();
      finishInconclusive("server requested a second reconnect");
    } else {
      partEnded(outcome);
    }
  }

  @Override
  public void onUnsolicited(Connection connection, ProbeOutcome outcome) {
    if (closed) {
      return;
    }
    // One part does not decide for all, and a lost connection requires a probe.
    if (parts.size() > 1 || !outcome.reusable()) {
      probeNow();
    } else {
      subject.onAnnouncement(result(outcome, connection, 0));
    }
  }

  private void partEnded(ProbeOutcome outcome) {
    boolean good = outcome.cause().passed();
    if (part + 1 < parts.size() && good != oneIsEnough) {
      part++;
      reconnected = false;
      runPart();
      return;
    }
    loop.wheel().cancel(this);
    report(result(outcome, connections[part], loop.ticker().read() - start));
  }

  private static ProbeResult result(
      ProbeOutcome outcome, @Nullable Connection connection, long latency) {
    return new ProbeResult(
        outcome.cause(),
        outcome.status(),
        latency,
        outcome.detail(),
        connection == null ? null : connection.certificateExpiry());
  }

  private void report(ProbeResult result) {
    try {
      if (!closed) {
        subject.onResult(result);
      }
    } finally {
      finish(); // schedule the next probe even if the callback throws
    }
  }

  private void finishInconclusive(String reason) {
    loop.wheel().cancel(this);
    subject.onInconclusive(reason);
    finish();
  }

  private void abandon() {
    loop.wheel().cancel(this);
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
    loop.release(address, countedDown);
  }

  private long nextDue() {
    long now = loop.ticker().read();
    long interval = schedule.intervalIn(subject.verdict(), subject.hasTraffic());
    long next =
        interval == schedule.interval()
            ? schedule.nextOnGrid(origin, phase, now)
            : Math.max(now, start + interval);
    double spread = (loop.random().nextDouble() * 2 - 1) * schedule.jitter() * interval;
    // Skip a grid point less than half an interval after the last probe.
    if (next - start < interval / 2) {
      next += interval;
    }
    return next + (long) spread;
  }
}
