package io.gatewaykit.netty;

import io.netty.channel.Channel;

/**
 * Stops a channel's automatic reading for a while. To hold back {@code read()} alone would not do:
 * a transport that reads automatically needs no further request to go on.
 */
final class ReadPause {
  private boolean paused;

  void begin(Channel channel) {
    if (channel.config().isAutoRead()) {
      paused = true;
      channel.config().setAutoRead(false);
    }
  }

  void end(Channel channel) {
    if (paused) {
      paused = false;
      channel.config().setAutoRead(true); // reads at once
    }
  }
}
