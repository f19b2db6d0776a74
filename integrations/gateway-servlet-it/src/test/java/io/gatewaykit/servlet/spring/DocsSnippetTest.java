// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.servlet.GatewayFilter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.socket.server.standard.ServerEndpointExporter;

/** The configuration of docs/servlet.md works unchanged. Its message guard: SpringMessageTest. */
class DocsSnippetTest {
  @Test
  void configuration_limitsTheApplication() throws Exception {
    Class<?> configuration = Class.forName("com.example.GatewayConfiguration");
    try (ConfigurableApplicationContext context =
        SpringServer.TOMCAT.start(Map.of(), Pages.class, configuration)) {
      var client = HttpClient.newHttpClient();
      URI page = URI.create("http://127.0.0.1:" + SpringServer.port(context) + "/page");
      int limited = 0;
      for (int i = 0; i < 200 && limited == 0; i++) { // 40 at once, then 20 a second
        int status =
            client
                .send(HttpRequest.newBuilder(page).build(), BodyHandlers.discarding())
                .statusCode();
        assertThat(status).isIn(401, 429); // Spring Security requires a login by default
        limited += status == 429 ? 1 : 0;
      }
      assertThat(limited).isPositive();
    }
  }

  @Test
  void endpoint_limitsTheMessagesOfAClient() throws Exception {
    var exporter = new ServerEndpointExporter();
    exporter.setAnnotatedEndpointClasses(Class.forName("com.example.Chat"));
    try (ConfigurableApplicationContext context =
        SpringServer.TOMCAT.start(
            Map.of(),
            beans -> {
              beans.registerBean(GatewayFilter.class, () -> GatewayFilter.of(GuardChain.empty()));
              beans.registerBean(ServerEndpointExporter.class, () -> exporter);
            },
            SpringMessageTest.ChatApplication.class)) {
      var closed = new CompletableFuture<Integer>();
      WebSocket socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + SpringServer.port(context) + "/chat"),
                  new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                      closed.complete(code);
                      return CompletableFuture.completedStage(null);
                    }
                  })
              .get(20, TimeUnit.SECONDS);
      for (int i = 0; i < 500 && !closed.isDone(); i++) { // 10 at once, then 5 a second
        socket.sendText("hi", true).exceptionally(failed -> socket).get(20, TimeUnit.SECONDS);
      }
      assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1013);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Chat", "GatewayConfiguration", "GuardedMessages"})
  void classes_areThoseOfThePage(String name) throws IOException {
    String source = Files.readString(Path.of("../src/test/java/com/example/" + name + ".java"));
    String withoutHeader = source.substring(source.indexOf("package "));
    assertThat(Files.readString(Path.of("../../../docs/servlet.md"))).contains(withoutHeader);
  }
}
