package io.gatewaykit.healthcheck;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the targets of a checker stand. Immutable.
 *
 * @param name the checker's name
 * @param targets its targets, by id
 */
public record CheckerSnapshot(String name, List<TargetView> targets) {
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
    PASSIVE
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
      @Nullable ProbeResult lastProbe) {}

  /** Returns the snapshot as text for people, one line per target. */
  public String toText() {
    return SnapshotFormat.text(this);
  }

  /** Returns the snapshot as a JSON object. */
  public String toJson() {
    return SnapshotFormat.json(this);
  }
}
