// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;

/** A complete text message to inspect. The frames in which it arrived follow it. */
final class HeldText extends TextWebSocketFrame {
  private final long reserved;

  /**
   * Creates a message.
   *
   * @param reserved the number of bytes reserved for it in the budget
   */
  HeldText(ByteBuf payload, long reserved) {
    super(payload);
    this.reserved = reserved;
  }

  long reserved() {
    return reserved;
  }
}
