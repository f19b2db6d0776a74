package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.internal.wire.Ending;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Makes connections on which probes are asked. The sockets, except in tests. */
interface Transport {
  /**
   * Begins to connect, and asks as soon as that is done.
   *
   * @throws IOException if that cannot even be begun
   */
  Connection connect(ProbeEngine engine, Target target, Probe probe, Owner owner)
      throws IOException;

  /** One connection, kept from probe to probe where the protocol lets it. */
  interface Connection {
    boolean isOpen();

    /** Asks again, on a connection that has been kept. */
    void askAgain();

    @Nullable Instant certificateExpiry();

    /** Closes at once; the owner hears nothing more. */
    void close();
  }

  /** Learns, on the engine's thread, how a probe ended. */
  interface Owner {
    void ended(Connection connection, Ending ending);

    /** Called when the other side says something unasked, or is gone. */
    void told(Connection connection, Ending ending);
  }
}
