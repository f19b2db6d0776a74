// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.request.GatewayRequest;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;

/**
 * The configurator of Jakarta WebSocket endpoints whose messages a {@link WebSocketMessageGuard}
 * checks. It stores a copy of the request that opens the WebSocket in the user properties of the
 * session, as {@value GatewayFilter#REQUEST_ATTRIBUTE}. An endpoint with its own configurator
 * extends this class. The handshake must pass a {@link GatewayFilter}. Thread-safe.
 */
public class GuardedEndpointConfigurator extends ServerEndpointConfig.Configurator {
  /** Creates a configurator. Called by the container. */
  public GuardedEndpointConfigurator() {}

  /** {@inheritDoc} An override must call this method. */
  @Override
  public void modifyHandshake(
      ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
    GatewayRequest seen = UpgradeRequest.current();
    if (seen != null) {
      config
          .getUserProperties()
          .put(
              GatewayFilter.REQUEST_ATTRIBUTE,
              UpgradeRequest.copyOf(seen, request.getUserPrincipal()));
    }
  }
}
