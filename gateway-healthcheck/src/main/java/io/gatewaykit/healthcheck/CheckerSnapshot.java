package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.ProbeResult.Cause;
import io.gatewaykit.healthcheck.internal.status.HtmlStatus;
import io.gatewaykit.healthcheck.internal.status.JsonStatus;
import io.gatewaykit.healthcheck.internal.status.PrometheusStatus;
import io.gatewaykit.healthcheck.internal.status.TextStatus;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the targets of a checker stand. Immutable; of one moment.
 *
 * @param name the checker's name
 * @param sequence the number of the last event it includes
 * @param panicking whether too few targets are available
 * @param targets its targets
 * @param totals what it has counted
 */
public record CheckerSnapshot(
    String name, long sequence, boolean panicking, List<TargetView> targets, Totals totals) {
  /** Copies the list. */
  public CheckerSnapshot {
    targets = List.copyOf(targets);
  }

  /** Who brought a target into its state. */
  public enum DecidedBy {
    /** Nobody yet. */
    NOBODY,
    /** A probe, or what the target said of itself. */
    ACTIVE,
    /** A report of real traffic. */
    PASSIVE,
    /** A comparison of how real traffic fares on all targets. */
    OUTLIER,
    /** An operator. */
    ADMIN,
    /** The checker itself, about itself. */
    SYSTEM
  }

  /**
   * One target.
   *
   * @param target the target
   * @param state its state
   * @param decidedBy who brought it there
   * @param cause what brought it there, for people
   * @param inStateNanos for how long it has been in this state, in nanoseconds
   * @param needs what would bring it back or take it out, for people
   * @param active what probes have said; null without probes
   * @param passive what real traffic has said; the same as {@code active} if they share a verdict
   * @param probes how many probes have ended with a result
   * @param probed the same by how they ended
   * @param lastProbe how the last one went; null before the first
   * @param history the last eight probes, newest first
   * @param nextProbeNanos until the next probe, in nanoseconds; negative without probes
   * @param inconclusive how many probes said nothing about the target
   * @param staleReports how many reports came too late to count
   * @param unclassified how many reported statuses are neither good nor bad
   */
  public record TargetView(
      Target target,
      TargetState state,
      DecidedBy decidedBy,
      String cause,
      long inStateNanos,
      String needs,
      @Nullable Counts active,
      Counts passive,
      long probes,
      Probed probed,
      @Nullable ProbeResult lastProbe,
      List<PastProbe> history,
      long nextProbeNanos,
      long inconclusive,
      long staleReports,
      long unclassified) {

    /** Returns the counts of the verdict that stands: the worse of the two. */
    public Counts deciding() {
      return active == null || passive.verdict().compareTo(active.verdict()) > 0 ? passive : active;
    }

    /** Returns the successes counted towards the next decision. */
    public int successes() {
      return deciding().successes();
    }

    /** Returns the bad answers counted towards the next decision. */
    public int httpFailures() {
      return deciding().httpFailures();
    }

    /** Returns the failed connections counted towards the next decision. */
    public int tcpFailures() {
      return deciding().tcpFailures();
    }

    /** Returns the answers out of time counted towards the next decision. */
    public int timeouts() {
      return deciding().timeouts();
    }

    /** Returns in one line how the target stands, why, and what would change it. */
    public String explain() {
      return TextStatus.explain(this);
    }
  }

  /**
   * A verdict and the counts towards the next.
   *
   * @param verdict one of the first four states
   * @param successes successes
   * @param httpFailures bad answers; all failures if they count together
   * @param tcpFailures failed connections
   * @param timeouts answers out of time
   */
  public record Counts(
      TargetState verdict, int successes, int httpFailures, int tcpFailures, int timeouts) {}

  /**
   * Probes of one target by how they ended.
   *
   * @param successes those it passed
   * @param httpFailures those with a bad answer
   * @param tcpFailures those without a connection
   * @param timeouts those without an answer in time
   */
  public record Probed(Ended successes, Ended httpFailures, Ended tcpFailures, Ended timeouts) {}

  /**
   * Probes that ended alike.
   *
   * @param count how many
   * @param nanos how long they took together, in nanoseconds
   */
  public record Ended(long count, long nanos) {}

  /**
   * A probe of the past.
   *
   * @param cause what decided it
   * @param status the HTTP or gRPC status, or 0
   * @param latencyNanos from start to end, in nanoseconds, to the microsecond
   * @param agoNanos how long ago it ended, in nanoseconds, to the millisecond
   */
  public record PastProbe(Cause cause, int status, long latencyNanos, long agoNanos) {}

  /**
   * What a checker has counted since it was built.
   *
   * @param probes probes that ended, by what decided them
   * @param probeNanos the time all of them took, in nanoseconds
   * @param inconclusive probes that said nothing about their target
   * @param transitions changes of state, by the new one
   * @param lostEvents events lost on the way to listeners that were too slow
   * @param probesInFlight probes under way, of all checkers of the engine
   * @param lagNanos by how much the engine is late, in nanoseconds
   */
  public record Totals(
      Map<Cause, Long> probes,
      long probeNanos,
      long inconclusive,
      Map<TargetState, Long> transitions,
      long lostEvents,
      int probesInFlight,
      long lagNanos) {
    /** Copies the maps. */
    public Totals {
      probes = Map.copyOf(probes);
      transitions = Map.copyOf(transitions);
    }
  }

  /** Returns the snapshot as text in the layout of lua-resty-upstream-healthcheck's status page. */
  public String toText() {
    return TextStatus.text(List.of(this));
  }

  /** Returns the snapshot as a JSON object. */
  public String toJson() {
    return JsonStatus.json(this);
  }

  /** Returns the snapshot as a page of HTML without scripts. */
  public String toHtml() {
    return HtmlStatus.html(List.of(this));
  }

  /** Returns the snapshot in Prometheus' text format. */
  public String toPrometheus() {
    return PrometheusStatus.metrics(List.of(this));
  }

  /** Returns several snapshots as one text. */
  public static String toText(Collection<CheckerSnapshot> snapshots) {
    return TextStatus.text(snapshots);
  }

  /** Returns several snapshots as one page of HTML. */
  public static String toHtml(Collection<CheckerSnapshot> snapshots) {
    return HtmlStatus.html(snapshots);
  }

  /** Returns several snapshots in Prometheus' text format, each family once. */
  public static String toPrometheus(Collection<CheckerSnapshot> snapshots) {
    return PrometheusStatus.metrics(snapshots);
  }
}
