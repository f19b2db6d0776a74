// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.tck.MessageContract;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.apache.tomcat.websocket.server.WsSci;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.junit.jupiter.api.Nested;

/** The contract tests of message checks, with annotated Jakarta endpoints. */
class JakartaMessageTest {
  @Nested
  class OnTomcat extends EndpointContract {
    OnTomcat() {
      super(Container.TOMCAT);
    }
  }

  @Nested
  class OnJetty extends EndpointContract {
    OnJetty() {
      super(Container.JETTY);
    }
  }

  abstract static class EndpointContract extends MessageContract {
    private final Container container;

    EndpointContract(Container container) {
      this.container = container;
    }

    @Override
    protected TckServer start(GuardChain guards, List<MessageCheck> checks) throws Exception {
      var guard = WebSocketMessageGuard.of(checks.toArray(MessageCheck[]::new));
      return container.start(context -> {
        FilterRegistration.Dynamic gateway = context.addFilter("gateway", GatewayFilter.of(guards));
        gateway.setAsyncSupported(true);
        gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
        context.addServlet("pages", new HttpServlet() {}).addMapping("/");
        if (container == Container.JETTY) {
          WebSocketTest.addUpgrades(context);
          new JakartaWebSocketServletContainerInitializer().onStartup(Set.of(), context);
        } else {
          new WsSci().onStartup(Set.of(), context);
        }
        addEndpoint(context, new Chat(guard, application));
      });
    }

    private static void addEndpoint(ServletContext context, Chat chat) throws ServletException {
      var endpoints = (ServerContainer) context.getAttribute(ServerContainer.class.getName());
      var configurator =
          new GuardedEndpointConfigurator() {
            @Override
            public <T> T getEndpointInstance(Class<T> type) {
              return type.cast(chat);
            }
          };
      try {
        requireNonNull(endpoints)
            .addEndpoint(
                ServerEndpointConfig.Builder.create(Chat.class, PATH)
                    .configurator(configurator)
                    .build());
      } catch (DeploymentException e) {
        throw new ServletException(e);
      }
    }
  }

  /** Sends each admitted message back. */
  @ServerEndpoint("/chat")
  public static final class Chat {
    private final WebSocketMessageGuard guard;
    private final Queue<String> received;

    Chat(WebSocketMessageGuard guard, Queue<String> received) {
      this.guard = guard;
      this.received = received;
    }

    @OnOpen
    public void onOpen(Session session) {
      session.setMaxTextMessageBufferSize(MessageContract.MAX_BYTES);
    }

    @OnMessage(maxMessageSize = MessageContract.MAX_BYTES)
    public void onText(Session session, String text) throws IOException {
      if (guard.admits(session, text)) {
        received.add(text);
        session.getBasicRemote().sendText(text);
      }
    }

    @OnMessage
    public void onBytes(Session session, ByteBuffer bytes) throws IOException {
      if (guard.admits(session, bytes)) {
        received.add(StandardCharsets.UTF_8.decode(bytes.duplicate()).toString());
        session.getBasicRemote().sendBinary(bytes);
      }
    }
  }
}
