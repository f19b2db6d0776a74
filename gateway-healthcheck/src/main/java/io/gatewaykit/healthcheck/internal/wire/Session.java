// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import org.jspecify.annotations.Nullable;

/**
 * The protocol on one connection to a target: transforms bytes, without sockets or a clock. A
 * session serves all probes of its connection, one at a time, on one thread.
 */
public interface Session {
  /** Starts a probe: writes the initial bytes to send. */
  void begin(Outbox out);

  /**
   * Processes the bytes received and not consumed so far.
   *
   * @return the outcome of the probe, or an announcement by the peer; null if more bytes are needed
   */
  @Nullable ProbeOutcome receive(Inbox in, Outbox out);

  /** Returns whether the peer may send data while no probe is in flight. */
  default boolean listens() {
    return false;
  }

  /**
   * Returns whether to close the connection with a FIN, so that the last bytes arrive, instead of a
   * reset.
   */
  default boolean closesWithFin() {
    return false;
  }
}
