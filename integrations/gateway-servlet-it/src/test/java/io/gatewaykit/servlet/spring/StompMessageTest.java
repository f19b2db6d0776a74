// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.example.GuardedMessages;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.servlet.WebSocketMessageGuard;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.messaging.simp.config.MessageBrokerRegistry;
import org.springframework.web.socket.config.annotation.EnableWebSocketMessageBroker;
import org.springframework.web.socket.config.annotation.StompEndpointRegistry;
import org.springframework.web.socket.config.annotation.WebSocketMessageBrokerConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketTransportRegistration;

/** STOMP frames are messages of a WebSocket, which a guard checks in front of Spring's broker. */
@Timeout(300)
class StompMessageTest {
  private final Queue<String> received = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();

  private static Verdict check(GatewayRequest upgrade, BodyView payload) {
    assertThat(upgrade.path()).isEqualTo("/stomp");
    String frame = StandardCharsets.UTF_8.decode(payload.bytes()).toString();
    if (frame.contains("evil")) {
      return Verdict.reject(Rejection.builder(403, "waf", "Forbidden").build());
    }
    return frame.contains("slow") ? Verdict.delay(Duration.ofMillis(20)) : Verdict.allow();
  }

  @ParameterizedTest
  @EnumSource
  void frames_areDelayedAndRejected(SpringServer server) throws Exception {
    MessageCheck check = StompMessageTest::check;
    var broker = new Broker(server, WebSocketMessageGuard.of(check));
    try (ConfigurableApplicationContext app =
        server.start(
            Map.of(),
            beans -> {
              beans.registerBean(GatewayFilter.class, () -> GatewayFilter.of(GuardChain.empty()));
              beans.registerBean(WebSocketMessageBrokerConfigurer.class, () -> broker);
            },
            StompApplication.class)) {
      WebSocket socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .subprotocols("v12.stomp")
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + SpringServer.port(app) + "/stomp"), new Listener())
              .get(20, TimeUnit.SECONDS);
      send(socket, "CONNECT\naccept-version:1.2\nhost:h\n\n");
      await().atMost(20, TimeUnit.SECONDS).until(() -> has("CONNECTED"));
      send(socket, "SUBSCRIBE\nid:1\ndestination:/topic/t\nreceipt:r\n\n");
      await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> {
            send(socket, "SEND\ndestination:/topic/t\n\nsubscribed");
            return has("subscribed"); // the simple broker sends no receipt
          });
      for (String text : new String[] {"slow 1", "2", "slow 3", "4"}) {
        send(socket, "SEND\ndestination:/topic/t\n\n" + text);
      }
      await().atMost(20, TimeUnit.SECONDS).until(() -> has("slow 1", "2", "slow 3", "4"));
      send(socket, "SEND\ndestination:/topic/t\n\nevil");
      assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1008);
      assertThat(received).noneMatch(frame -> frame.contains("evil"));
    }
  }

  private boolean has(String... texts) {
    String all = String.join("", received);
    for (String text : texts) {
      if (!all.contains(text)) {
        return false;
      }
    }
    return true;
  }

  private static void send(WebSocket socket, String frame) {
    socket.sendText(frame + "\0", true).join();
  }

  private final class Listener implements WebSocket.Listener {
    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      received.add(data.toString());
      from.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      closed.complete(code);
      return CompletableFuture.completedStage(null);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(SpringMessageTest.ChatApplication.class)
  @EnableWebSocketMessageBroker
  static class StompApplication {}

  private record Broker(SpringServer server, WebSocketMessageGuard guard)
      implements WebSocketMessageBrokerConfigurer {
    @Override
    public void registerStompEndpoints(StompEndpointRegistry registry) {
      registry
          .addEndpoint("/stomp")
          .addInterceptors(new GuardedMessages.Handshakes())
          .setHandshakeHandler(server.handshakeHandler());
    }

    @Override
    public void configureMessageBroker(MessageBrokerRegistry registry) {
      registry.enableSimpleBroker("/topic");
    }

    @Override
    public void configureWebSocketTransport(WebSocketTransportRegistration transport) {
      transport.addDecoratorFactory(handler -> new GuardedMessages(handler, guard));
    }
  }
}
