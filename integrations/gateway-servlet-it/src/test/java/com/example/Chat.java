// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package com.example;

import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.servlet.GuardedEndpointConfigurator;
import io.gatewaykit.servlet.WebSocketMessageGuard;
import jakarta.websocket.OnMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;

@ServerEndpoint(value = "/chat", configurator = GuardedEndpointConfigurator.class)
public class Chat {
  private static final RateLimitGuard LIMIT =
      RateLimitGuard.builder(
              "messages",
              KeyedLeakyBucket.<Object>builder()
                  .limit(Limit.perSecond(5).burst(10).nodelay())
                  .build())
          .build();
  private static final WebSocketMessageGuard GUARD =
      WebSocketMessageGuard.of((upgrade, payload) -> LIMIT.onHead(upgrade));

  @OnMessage
  public void onText(Session session, String text) throws IOException {
    if (GUARD.admits(session, text)) {
      session.getBasicRemote().sendText(text);
    }
  }
}
