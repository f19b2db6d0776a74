// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import com.example.GuardedMessages;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.tck.MessageContract;
import io.gatewaykit.api.tck.TckServer;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.servlet.WebSocketMessageGuard;
import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Nested;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;

/** The contract tests of message checks, with a handler of Spring. */
class SpringMessageTest {
  @Nested
  class OnTomcat extends HandlerContract {
    OnTomcat() {
      super(SpringServer.TOMCAT);
    }
  }

  @Nested
  class OnJetty extends HandlerContract {
    OnJetty() {
      super(SpringServer.JETTY);
    }
  }

  abstract static class HandlerContract extends MessageContract {
    private final SpringServer server;

    HandlerContract(SpringServer server) {
      this.server = server;
    }

    @Override
    protected TckServer start(GuardChain guards, List<MessageCheck> checks) {
      var guard = WebSocketMessageGuard.of(checks.toArray(MessageCheck[]::new));
      WebSocketConfigurer handlers =
          registry ->
              registry
                  .addHandler(new GuardedMessages(new Echo(application), guard), PATH)
                  .addInterceptors(new GuardedMessages.Handshakes())
                  .setHandshakeHandler(server.handshakeHandler());
      ConfigurableApplicationContext context =
          server.start(
              Map.of(),
              beans -> {
                beans.registerBean(GatewayFilter.class, () -> GatewayFilter.of(guards));
                beans.registerBean(WebSocketConfigurer.class, () -> handlers);
              },
              ChatApplication.class);
      return new TckServer() {
        @Override
        public int port() {
          return SpringServer.port(context);
        }

        @Override
        public void close() {
          context.close();
        }
      };
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @EnableWebSocket
  static class ChatApplication {
    @Bean
    FilterRegistrationBean<GatewayFilter> gateway(GatewayFilter filter) {
      var registration = new FilterRegistrationBean<>(filter);
      registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
      registration.setDispatcherTypes(EnumSet.of(DispatcherType.REQUEST));
      return registration;
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http) throws Exception {
      return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll()).build();
    }
  }

  private static final class Echo extends AbstractWebSocketHandler {
    private final Queue<String> received;

    Echo(Queue<String> received) {
      this.received = received;
    }

    @Override
    public void afterConnectionEstablished(WebSocketSession session) {
      session.setTextMessageSizeLimit(MessageContract.MAX_BYTES);
    }

    @Override
    protected void handleTextMessage(WebSocketSession session, TextMessage message)
        throws IOException {
      received.add(message.getPayload());
      session.sendMessage(message);
    }

    @Override
    protected void handleBinaryMessage(WebSocketSession session, BinaryMessage message)
        throws IOException {
      received.add(StandardCharsets.UTF_8.decode(message.getPayload().duplicate()).toString());
      session.sendMessage(message);
    }
  }
}
