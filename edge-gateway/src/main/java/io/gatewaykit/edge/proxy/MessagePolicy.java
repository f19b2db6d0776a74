// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.request.AttributeKey;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The guards of the messages that a WebSocket client sends. Immutable.
 *
 * @param limits checks of each message, without its content
 * @param inspections checks of the content of each text message; if present, text messages are held
 *     until complete, and compression is not negotiated
 * @param maxMessageBytes the maximum size of a message, at least 1; {@link #UNBOUNDED} for none
 * @param idleTimeout the time without traffic after which the connection is closed
 */
public record MessagePolicy(
    List<MessageCheck> limits,
    List<MessageCheck> inspections,
    int maxMessageBytes,
    Duration idleTimeout) {
  /** No maximum size; not permitted with inspections. */
  public static final int UNBOUNDED = Integer.MAX_VALUE;

  /** The default idle timeout. */
  public static final Duration MAX_IDLE = Duration.ofMinutes(10);

  /** The policy without guards. */
  public static final MessagePolicy NONE =
      new MessagePolicy(List.of(), List.of(), UNBOUNDED, MAX_IDLE);

  /** The attribute of an upgrade request for its policy; if absent, {@link #NONE} applies. */
  public static final AttributeKey<MessagePolicy> SELECTED = AttributeKey.of("message-policy");

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if there are inspections but no maximum size
   */
  public MessagePolicy {
    limits = List.copyOf(limits);
    inspections = List.copyOf(inspections);
    if (!inspections.isEmpty() && maxMessageBytes == UNBOUNDED) {
      throw new IllegalArgumentException("maxMessageBytes: unbounded (expected: a bound)");
    }
  }

  /** Returns whether frames must be decoded. */
  boolean guardsMessages() {
    return !limits.isEmpty() || inspectsText() || maxMessageBytes != UNBOUNDED;
  }

  /** Returns whether the content of text messages is inspected. */
  boolean inspectsText() {
    return !inspections.isEmpty();
  }

  /** Returns the policy of a target that selects two routes: all checks and the stricter bounds. */
  public MessagePolicy and(MessagePolicy other) {
    return new MessagePolicy(
        union(limits, other.limits),
        union(inspections, other.inspections),
        Math.min(maxMessageBytes, other.maxMessageBytes),
        idleTimeout.compareTo(other.idleTimeout) < 0 ? idleTimeout : other.idleTimeout);
  }

  private static List<MessageCheck> union(List<MessageCheck> one, List<MessageCheck> two) {
    Set<MessageCheck> union = new LinkedHashSet<>(one);
    union.addAll(two);
    return List.copyOf(union);
  }
}
