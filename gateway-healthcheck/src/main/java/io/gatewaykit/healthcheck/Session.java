package io.gatewaykit.healthcheck;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What is said on one connection to a target: bytes in, bytes out, no sockets and no clock. One
 * session serves all probes of its connection, one at a time, on the engine's thread.
 */
interface Session {
  /** Begins a probe: writes what is to be sent first. */
  void begin(ByteArrayOutputStream out);

  /**
   * Looks at what has arrived and not been consumed yet.
   *
   * @return how the probe ended; null if it needs more
   */
  @Nullable Ending receive(Inbox in, ByteArrayOutputStream out);

  /** Bytes that have arrived. A session that reads piece by piece moves {@link #from}. */
  final class Inbox {
    byte[] bytes = new byte[0];
    int from;
    int to;

    /** Whether no more will come. */
    boolean ended;

    int available() {
      return to - from;
    }
  }

  /**
   * How a probe ended.
   *
   * @param report what it says of the target
   * @param status the protocol's status, or 0
   * @param detail what happened, for people
   * @param reusable whether another probe may follow on the connection
   */
  record Ending(Report report, int status, String detail, boolean reusable) {
    /** The far side took leave without having looked at the probe: it says nothing. */
    static final Ending ASK_AGAIN = new Ending(Report.SUCCESS, 0, "asked to reconnect", false);

    static Ending failed(Report report, String detail) {
      return new Ending(report, 0, detail, false);
    }
  }
}
