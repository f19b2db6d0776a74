package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.CheckerSnapshot.DecidedBy;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened in a checker. Immutable.
 *
 * @param sequence one more than that of the event before it, except after {@link Kind#RESYNC}
 * @param kind what happened
 * @param targetId the target's id; empty if the event concerns no single target
 * @param from the state before; null unless a target changed
 * @param to the state after; null unless a target was added or changed
 * @param decidedBy who decided it
 * @param cause what led to it, for people
 * @param wallMillis when, in milliseconds since 1970
 * @param snapshot how all stands; null unless {@link Kind#RESYNC}
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
  /** What may happen. */
  public enum Kind {
    /** A target came. */
    ADDED,
    /** A target is in another state. */
    CHANGED,
    /** A target went; nothing more is heard of it. */
    REMOVED,
    /**
     * Something to know that concerns no single target: mass failure, panic and their ends,
     * lateness of this process, names that do not resolve.
     */
    NOTICE,
    /**
     * Events were lost on the way to this listener, or it has just come: the snapshot tells how all
     * stands, and the next event follows it without a gap.
     */
    RESYNC
  }
}
