// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.netty.channel.Channel;

/**
 * Suspends automatic reading of a channel. Suppressing {@code read()} calls is not sufficient,
 * because a transport with automatic reading continues without them.
 */
final class ReadPause {
  private boolean paused;

  void begin(Channel channel) {
    if (channel.config().isAutoRead()) {
      paused = true;
      channel.config().setAutoRead(false);
    }
  }

  /** Restores automatic reading, which triggers a read immediately. Returns whether it was off. */
  boolean end(Channel channel) {
    boolean ended = paused;
    if (ended) {
      paused = false;
      channel.config().setAutoRead(true);
    }
    return ended;
  }
}
