// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import org.jspecify.annotations.Nullable;

/**
 * A check of the messages that WebSocket clients send, for example a limit or an inspection of the
 * content. Implementations must be thread-safe.
 */
@FunctionalInterface
public interface MessageCheck {

  /**
   * Returns the verdict on one message. Must not block: with Netty, it is called on the channel's
   * event loop.
   *
   * @param upgrade the request that opened the WebSocket, with its client and attributes
   * @param payload the complete message, valid during this call only; a text message is UTF-8
   */
  Verdict check(GatewayRequest upgrade, BodyView payload);

  /**
   * Returns an inspector of a message of more than 16 KiB, or null to call {@link #check}. The
   * message is passed to {@link BodyInspector#onBytes} in slices of at most 16 KiB, and {@link
   * BodyInspector#onHeld} then returns the verdict on it. With Netty, the event loop serves other
   * connections between two slices. The later messages of this connection wait. The inspector is
   * closed at the end. Must not block. Default: null.
   *
   * @param upgrade the request that opened the WebSocket, with its client and attributes
   */
  default @Nullable BodyInspector inspectLarge(GatewayRequest upgrade) {
    return null;
  }
}
