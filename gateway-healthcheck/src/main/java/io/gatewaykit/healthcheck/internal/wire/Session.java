package io.gatewaykit.healthcheck.internal.wire;

import org.jspecify.annotations.Nullable;

/**
 * What is said on one connection to a target: bytes in, bytes out, no sockets and no clock. One
 * session serves all probes of its connection, one at a time, on one thread.
 */
public interface Session {
  /** Begins a probe: writes what is to be sent first. */
  void begin(Outbox out);

  /**
   * Looks at what has arrived and not been consumed yet.
   *
   * @return how the probe ended, or what the other side says unasked; null if it needs more
   */
  @Nullable Ending receive(Inbox in, Outbox out);

  /** Tells whether the other side may speak while nothing is asked. */
  default boolean listens() {
    return false;
  }

  /** Tells whether to close as TCP wants it, so that what was said last arrives, not by reset. */
  default boolean closesPolitely() {
    return false;
  }
}
