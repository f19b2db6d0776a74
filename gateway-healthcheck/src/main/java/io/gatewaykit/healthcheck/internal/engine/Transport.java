// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import io.gatewaykit.healthcheck.internal.wire.ProbeOutcome;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Creates the connections for probes. Implemented with sockets, except in tests. */
public interface Transport {
  /**
   * Starts to connect. The request is sent as soon as the connection is established.
   *
   * @throws IOException if the attempt fails immediately
   */
  Connection connect(ProbePart.Exchange exchange, Owner owner) throws IOException;

  /** A connection, kept open between probes if the protocol allows it. */
  interface Connection {
    boolean isOpen();

    /** Sends another request on a connection that was kept open. */
    void sendAgain();

    @Nullable Instant certificateExpiry();

    /** Closes the connection immediately. The owner receives no further calls. */
    void close();
  }

  /** Receives the outcomes of probes, on the engine thread. */
  interface Owner {
    void onOutcome(Connection connection, ProbeOutcome outcome);

    /** Called when the peer sends unsolicited data or disconnects. */
    void onUnsolicited(Connection connection, ProbeOutcome outcome);
  }
}
