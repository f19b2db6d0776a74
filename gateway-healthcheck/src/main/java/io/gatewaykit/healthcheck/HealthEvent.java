// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.state.DecisionSource;
import io.gatewaykit.healthcheck.state.TargetState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event in a checker. Immutable.
 *
 * @param checker the name of the checker
 * @param sequence one more than that of the previous event, except after {@link Kind#RESYNC}
 * @param kind the kind of event
 * @param targetId the target's id; empty if the event concerns no single target
 * @param from the state before; null unless a target changed
 * @param to the state after; null unless a target was added or changed
 * @param decidedBy the origin of the change
 * @param cause the reason, human-readable
 * @param time the time of the event
 * @param snapshot a snapshot of the checker; null unless {@link Kind#RESYNC}
 */
public record HealthEvent(
    String checker,
    long sequence,
    Kind kind,
    String targetId,
    @Nullable TargetState from,
    @Nullable TargetState to,
    DecisionSource decidedBy,
    String cause,
    Instant time,
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
