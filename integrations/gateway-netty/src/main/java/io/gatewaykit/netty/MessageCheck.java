package io.gatewaykit.netty;

import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;

/**
 * Judges the messages that WebSocket clients send: counts them, or looks into them. Thread-safe.
 */
@FunctionalInterface
public interface MessageCheck {

  /**
   * Judges one message. Called on the channel's event loop: must not block.
   *
   * @param upgrade the request that opened the WebSocket, with its client and attributes
   * @param payload the whole message, valid during this call only
   */
  Verdict check(GatewayRequest upgrade, BodyView payload);
}
