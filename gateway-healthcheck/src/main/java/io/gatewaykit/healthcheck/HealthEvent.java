package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.CheckerSnapshot.DecidedBy;
import io.gatewaykit.healthcheck.state.TargetState;
import org.jspecify.annotations.Nullable;

/**
 * An event in a checker. Immutable.
 *
 * @param sequence one more than that of the previous event, except after {@link Kind#RESYNC}
 * @param kind the kind of event
 * @param targetId the target's id; empty if the event concerns no single target
 * @param from the state before; null unless a target changed
 * @param to the state after; null unless a target was added or changed
 * @param decidedBy the origin of the change
 * @param cause the reason, human-readable
 * @param wallMillis the time, in milliseconds since 1970
 * @param snapshot a snapshot of the checker; null unless {@link Kind#RESYNC}
 */
public record HealthEvent(
    long sequence,
    Kind kind,
    String targetId,
    @Nullable TargetState from,
    @Nullable TargetState to,
    DecidedBy decidedBy,
    String cause,
    long wallMillis,
    @Nullable CheckerSnapshot snapshot) {
  /** The kind of an event. */
  public enum Kind {
    /** A target was added. */
    ADDED,
    /** The state of a target changed. */
    CHANGED,
    /** A target was removed; no events follow for it. */
    REMOVED,
    /**
     * A notice that concerns no single target: start and end of a mass failure or of panic mode, a
     * stall of this process, a name that fails to resolve.
     */
    NOTICE,
    /**
     * Events to this listener were dropped, or it has just been registered. The snapshot contains
     * the current state, and the next event follows it without a gap.
     */
    RESYNC
  }
}
