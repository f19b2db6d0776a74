// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.tck.RecordingGuard;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.OnMessage;
import jakarta.websocket.server.ServerEndpoint;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.tomcat.websocket.server.WsSci;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.ee10.websocket.servlet.WebSocketUpgradeFilter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.slf4j.LoggerFactory;

/** WebSocket endpoints behind the filter: containers accept a handshake in its first pass only. */
@Timeout(60)
class WebSocketTest {
  /** Sends each message back. */
  @ServerEndpoint("/ws")
  public static final class Echo {
    @OnMessage
    public String onText(String text) {
      return "echo " + text;
    }
  }

  private static TckServer start(Container container, Guard guard, boolean parking)
      throws Exception {
    return start(container, guard, parking, true);
  }

  private static TckServer start(
      Container container, Guard guard, boolean parking, boolean addsUpgrades) throws Exception {
    GatewayFilter filter =
        GatewayFilter.builder().guards(GuardChain.of(guard)).parking(parking).build();
    ServletContainerInitializer webSockets =
        container == Container.TOMCAT
            ? new WsSci()
            : new JakartaWebSocketServletContainerInitializer();
    return container.start(context -> {
      FilterRegistration.Dynamic gateway = context.addFilter("gateway", filter);
      gateway.setAsyncSupported(true);
      gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
      ServletRegistration.Dynamic pages = context.addServlet("pages", new HttpServlet() {});
      pages.setAsyncSupported(true); // Tomcat calls filters for paths of servlets only
      pages.addMapping("/");
      if (container == Container.JETTY && addsUpgrades) {
        addUpgrades(context);
      }
      webSockets.onStartup(Set.of(Echo.class), context);
    });
  }

  /** Jetty registers it in front of all filters, unless there is one of this name. */
  static void addUpgrades(ServletContext context) {
    FilterRegistration.Dynamic upgrades =
        context.addFilter(WebSocketUpgradeFilter.class.getName(), new WebSocketUpgradeFilter());
    upgrades.setAsyncSupported(true);
    upgrades.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "UNDERTOW")
  void handshakes_areGuarded(Container container) throws Exception {
    RecordingGuard guard =
        RecordingGuard.answering(Verdict.reject(Rejection.builder(403, "no", "Forbidden").build()));
    try (TckServer server = start(container, guard, false)) {
      assertThatThrownBy(() -> echo(server.port(), "hi"))
          .hasCauseInstanceOf(WebSocketHandshakeException.class);
      assertThat(guard.seen()).contains("head GET /ws");
    }
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "UNDERTOW")
  void handshakes_thatWaited_areAccepted(Container container) throws Exception {
    for (boolean parking : new boolean[] {false, true}) {
      for (Verdict verdict :
          List.of(Verdict.allow(), Verdict.delay(Duration.ofMillis(50)), pending())) {
        RecordingGuard guard = RecordingGuard.answering(verdict);
        try (TckServer server = start(container, guard, parking)) {
          for (int i = 0; i < 3; i++) {
            assertThat(echo(server.port(), "hi" + i)).isEqualTo("echo hi" + i);
          }
          assertThat(guard.seen()).contains("head GET /ws");
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"JETTY, false, 1", "JETTY, true, 0", "TOMCAT, true, 0"})
  void handshakesThatJettyAcceptsFirst_areReportedAtTheStart(
      Container container, boolean addsUpgrades, int warnings) throws Exception {
    var log = (Logger) LoggerFactory.getLogger(JettyUpgrades.class);
    var events = new ListAppender<ILoggingEvent>();
    events.start();
    log.addAppender(events);
    RecordingGuard guard = RecordingGuard.answering(Verdict.allow());
    try (TckServer server = start(container, guard, false, addsUpgrades)) {
      assertThat(echo(server.port(), "hi")).isEqualTo("echo hi");
      assertThat(guard.seen().contains("head GET /ws")).isEqualTo(warnings == 0);
    } finally {
      log.detachAppender(events);
    }
    assertThat(events.list).hasSize(warnings);
  }

  private static Verdict pending() {
    return Verdict.pending(
        new CompletableFuture<Verdict>()
            .completeOnTimeout(Verdict.allow(), 50, TimeUnit.MILLISECONDS));
  }

  private static String echo(int port, String text) throws Exception {
    var received = new CompletableFuture<String>();
    WebSocket socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(
                URI.create("ws://127.0.0.1:" + port + "/ws"),
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onText(
                      WebSocket from, CharSequence data, boolean last) {
                    received.complete(data.toString());
                    return CompletableFuture.completedStage(null);
                  }
                })
            .get(20, TimeUnit.SECONDS);
    socket.sendText(text, true).get(20, TimeUnit.SECONDS);
    String answer = received.get(20, TimeUnit.SECONDS);
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(20, TimeUnit.SECONDS);
    return answer;
  }
}
