// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package com.example;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.servlet.WebSocketMessageGuard;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.WebSocketHandlerDecorator;
import org.springframework.web.socket.server.HandshakeInterceptor;

/** Passes the messages that a guard admits to a handler. */
public final class GuardedMessages extends WebSocketHandlerDecorator {
  private final WebSocketMessageGuard guard;

  public GuardedMessages(WebSocketHandler handler, WebSocketMessageGuard guard) {
    super(handler);
    this.guard = guard;
  }

  @Override
  public void handleMessage(WebSocketSession session, WebSocketMessage<?> message)
      throws Exception {
    ByteBuffer payload = null;
    if (message instanceof TextMessage text) {
      payload = ByteBuffer.wrap(text.asBytes());
    } else if (message instanceof BinaryMessage binary) {
      payload = binary.getPayload();
    }
    var upgrade = (GatewayRequest) session.getAttributes().get(GatewayFilter.REQUEST_ATTRIBUTE);
    OptionalInt code =
        payload == null || !session.isOpen()
            ? OptionalInt.empty()
            : guard.check(requireNonNull(upgrade, "Handshakes is not registered"), payload);
    if (code.isPresent()) {
      session.close(new CloseStatus(code.getAsInt()));
    } else if (session.isOpen()) {
      super.handleMessage(session, message);
    }
  }

  /** Keeps the request of each handshake for the guard. */
  public static final class Handshakes implements HandshakeInterceptor {
    @Override
    public boolean beforeHandshake(
        ServerHttpRequest request,
        ServerHttpResponse response,
        WebSocketHandler handler,
        Map<String, Object> attributes) {
      var handshake = ((ServletServerHttpRequest) request).getServletRequest();
      WebSocketMessageGuard.upgradeRequest(handshake)
          .ifPresent(seen -> attributes.put(GatewayFilter.REQUEST_ATTRIBUTE, seen));
      return true;
    }

    @Override
    public void afterHandshake(
        ServerHttpRequest request,
        ServerHttpResponse response,
        WebSocketHandler handler,
        @Nullable Exception failure) {}
  }
}
