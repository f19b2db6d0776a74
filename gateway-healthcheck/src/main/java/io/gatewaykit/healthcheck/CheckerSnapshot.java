package io.gatewaykit.healthcheck;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the targets of a checker stand. Immutable.
 *
 * @param name the checker's name
 * @param sequence the number of the last event it includes
 * @param panicking whether too few targets are available
 * @param targets its targets
 */
public record CheckerSnapshot(
    String name, long sequence, boolean panicking, List<TargetView> targets) {
  /** Copies the list. */
  public CheckerSnapshot {
    targets = List.copyOf(targets);
  }

  /** Who brought a target into its state. */
  public enum DecidedBy {
    /** Nobody yet. */
    NOBODY,
    /** A probe. */
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
   * @param successes successes counted towards the next decision
   * @param httpFailures bad answers counted towards it
   * @param tcpFailures failed connections counted towards it
   * @param timeouts answers out of time counted towards it
   * @param probes how many probes have ended
   * @param lastProbe how the last one went; null before the first
   * @param inconclusive how many probes said nothing about the target
   * @param staleReports how many reports came too late to count
   */
  public record TargetView(
      Target target,
      TargetState state,
      DecidedBy decidedBy,
      String cause,
      long inStateNanos,
      int successes,
      int httpFailures,
      int tcpFailures,
      int timeouts,
      long probes,
      @Nullable ProbeResult lastProbe,
      long inconclusive,
      long staleReports) {}

  /** Returns the snapshot as text for people, one line per target. */
  public String toText() {
    return SnapshotFormat.text(this);
  }

  /** Returns the snapshot as a JSON object. */
  public String toJson() {
    return SnapshotFormat.json(this);
  }
}
