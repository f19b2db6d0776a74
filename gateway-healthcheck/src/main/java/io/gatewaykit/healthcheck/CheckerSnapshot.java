// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.state.DecisionSource;
import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import io.gatewaykit.healthcheck.state.TargetState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A consistent snapshot of a checker and its targets. Immutable.
 *
 * @param name the checker's name
 * @param sequence the sequence number of the last event included
 * @param panicking whether too few targets are available
 * @param targets the targets
 * @param totals the checker's counters
 */
public record CheckerSnapshot(
    String name, long sequence, boolean panicking, List<TargetView> targets, Totals totals) {
  /** Copies the list. */
  public CheckerSnapshot {
    targets = List.copyOf(targets);
  }

  /**
   * A target and its state.
   *
   * @param target the target
   * @param state its state
   * @param decidedBy the origin of the state
   * @param cause the reason for the state, human-readable
   * @param age the time since the state was entered
   * @param needs what the next change of state requires, human-readable
   * @param active the verdict of probes; null without probes
   * @param passive the verdict of real traffic; the same as {@code active} if they share a verdict
   * @param probes the number of completed probes with a result
   * @param probed these probes by result
   * @param lastProbe the result of the last probe; null before the first
   * @param history the last eight probes, newest first
   * @param nextProbe the time until the next probe; null without probes
   * @param inconclusive the number of inconclusive probes
   * @param staleReports the number of reports ignored because the state had changed since the
   *     request started
   * @param unclassified the number of reported statuses that are neither good nor bad
   */
  public record TargetView(
      Target target,
      TargetState state,
      DecisionSource decidedBy,
      String cause,
      Duration age,
      String needs,
      @Nullable Counts active,
      Counts passive,
      long probes,
      Probed probed,
      @Nullable ProbeResult lastProbe,
      List<PastProbe> history,
      @Nullable Duration nextProbe,
      long inconclusive,
      long staleReports,
      long unclassified) {

    /** Returns the counts of the verdict in effect: the worse of the two. */
    public Counts deciding() {
      return active == null || passive.verdict().compareTo(active.verdict()) > 0 ? passive : active;
    }

    /** Returns the successes counted towards the next decision. */
    public int successes() {
      return deciding().successes();
    }

    /** Returns the bad responses counted towards the next decision. */
    public int httpFailures() {
      return deciding().httpFailures();
    }

    /** Returns the failed connections counted towards the next decision. */
    public int tcpFailures() {
      return deciding().tcpFailures();
    }

    /** Returns the timeouts counted towards the next decision. */
    public int timeouts() {
      return deciding().timeouts();
    }
  }

  /**
   * A verdict and the counts towards the next one.
   *
   * @param verdict one of the first four states
   * @param successes successes
   * @param httpFailures bad responses; all failures if they share one count
   * @param tcpFailures failed connections
   * @param timeouts timeouts
   */
  public record Counts(
      TargetState verdict, int successes, int httpFailures, int tcpFailures, int timeouts) {}

  /**
   * The probes of one target by result.
   *
   * @param successes probes that passed
   * @param httpFailures probes with a bad response
   * @param tcpFailures probes without a connection
   * @param timeouts probes that timed out
   */
  public record Probed(Ended successes, Ended httpFailures, Ended tcpFailures, Ended timeouts) {}

  /**
   * Probes with the same kind of result.
   *
   * @param count their number
   * @param total their total duration
   */
  public record Ended(long count, Duration total) {}

  /**
   * A completed probe.
   *
   * @param cause the cause of its result
   * @param status the HTTP or gRPC status, or 0
   * @param latency its duration, with microsecond resolution
   * @param age the time since its completion, with millisecond resolution
   */
  public record PastProbe(Cause cause, int status, Duration latency, Duration age) {}

  /**
   * The counters of a checker since it was built.
   *
   * @param probes completed probes, by cause of the result
   * @param probeTime their total duration
   * @param inconclusive inconclusive probes
   * @param transitions changes of state, by new state
   * @param lostEvents events dropped because a listener was too slow
   * @param probesInFlight probes in flight, of all checkers of the engine
   * @param lag the engine's recent scheduling lag
   */
  public record Totals(
      Map<Cause, Long> probes,
      Duration probeTime,
      long inconclusive,
      Map<TargetState, Long> transitions,
      long lostEvents,
      int probesInFlight,
      Duration lag) {
    /** Copies the maps. */
    public Totals {
      probes = Map.copyOf(probes);
      transitions = Map.copyOf(transitions);
    }
  }
}
