// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.edge.config.ConfigReader;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * WebSockets of Tomcat and of the JDK's client. The server greets when a WebSocket opens, and its
 * greeting arrives in the packet of the 101 response.
 */
@Timeout(120)
class WebSocketServersTest {
  private static final int SOCKETS = 50;
  private static final int MESSAGES = 20;

  private final HttpClient client = HttpClient.newHttpClient();
  private final Tomcat tomcat = new Tomcat();
  private FirstPacketRelay relay;
  private @Nullable EdgeGateway gateway;

  /** Greets, and repeats each message. */
  @ServerEndpoint("/ws")
  public static final class Greeter {
    /** Called by the container. */
    @OnOpen
    public void greet(Session session) throws IOException {
      session.getBasicRemote().sendText("hello");
    }

    /** Called by the container. */
    @OnMessage
    public String repeat(String text) {
      return text;
    }
  }

  @BeforeEach
  void startServer(@TempDir Path folder) throws Exception {
    tomcat.setBaseDir(folder.toString());
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    var context = (StandardContext) tomcat.addContext("", folder.toString());
    context.setParentClassLoader(getClass().getClassLoader());
    ServletContainerInitializer webSockets = new WsSci();
    context.addServletContainerInitializer(webSockets, Set.of(Greeter.class));
    Tomcat.addServlet(context, "default", "org.apache.catalina.servlets.DefaultServlet");
    context.addServletMapping("/", "default");
    tomcat.start();
    relay = FirstPacketRelay.to(tomcat.getConnector().getLocalPort());
  }

  @AfterEach
  void stop() throws LifecycleException {
    if (gateway != null) {
      gateway.close();
    }
    relay.close();
    tomcat.stop();
    tomcat.destroy();
  }

  private EdgeGateway start(String waf) throws Exception {
    gateway =
        EdgeGateway.start(
            ConfigReader.read(
                "edge.yaml",
                """
                listen: 127.0.0.1:0
                admin: 127.0.0.1:0
                defaults: {waf: %s}
                checks: {type: tcp, interval: 30s, timeout: 10s}
                policy: {per-try-timeout: 20s, hedge: off, breaker: off}
                lines: [{name: line, endpoints: [{address: "127.0.0.1:%d"}]}]
                """
                    .formatted(waf, relay.port())),
            "edge.yaml",
            1);
    return gateway;
  }

  private Received open(EdgeGateway through) {
    var received = new Received();
    URI uri = URI.create("ws://127.0.0.1:" + through.address().getPort() + "/ws");
    received.socket = client.newWebSocketBuilder().buildAsync(uri, received).join();
    return received;
  }

  @ParameterizedTest
  @ValueSource(strings = {"on", "off"})
  void greetingAndMessages_pass_inOrder(String waf) throws Exception {
    EdgeGateway through = start(waf);
    var expected = new ArrayList<>(List.of("hello"));
    var open = new ArrayList<Received>();
    for (int i = 0; i < SOCKETS; i++) {
      open.add(open(through));
    }
    for (int i = 0; i < MESSAGES; i++) {
      expected.add("message " + i);
      for (Received one : open) {
        one.send("message " + i);
      }
    }
    for (Received one : open) {
      await().until(() -> one.texts.size() == expected.size());
      assertThat(one.texts).isEqualTo(expected);
      one.close();
    }
    assertThat(relay.joined()).as("greetings in the packet of the 101").isEqualTo(SOCKETS);
  }

  /** The kernel's table has the timer 02 for a connection that probes a silent peer. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void tunnel_usesTcpKeepAliveOnBothSides() throws Exception {
    EdgeGateway through = start("off");
    Received one = open(through);
    await().until(() -> one.texts.size() == 1);
    int port = through.address().getPort();
    await().until(() -> timers(port, 1), timers -> timers.contains("02"));
    await().until(() -> timers(relay.port(), 2), timers -> timers.contains("02"));
    one.close();
  }

  /** Returns the timers of the established connections with a port, local (1) or remote (2). */
  private static List<String> timers(int port, int column) throws IOException {
    var timers = new ArrayList<String>();
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      for (String line : Files.readAllLines(Path.of(table))) {
        String[] fields = line.strip().split("\\s+", -1);
        boolean established = fields[3].equals("01");
        if (established && fields[column].endsWith(String.format(":%04X", port))) {
          timers.add(fields[5].substring(0, 2));
        }
      }
    }
    return timers;
  }

  /** The texts that a WebSocket has received. */
  private static final class Received implements WebSocket.Listener {
    final List<String> texts = new CopyOnWriteArrayList<>();
    private final StringBuilder part = new StringBuilder();
    private @Nullable WebSocket socket;

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
      part.append(text);
      if (last) {
        texts.add(part.toString());
        part.setLength(0);
      }
      from.request(1);
      return null;
    }

    private WebSocket socket() {
      return requireNonNull(socket);
    }

    void send(String text) {
      socket().sendText(text, true).join();
    }

    void close() {
      socket().abort();
    }
  }
}
