// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpServer;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.edge.admin.GatewayStatus;
import io.gatewaykit.edge.config.ConfigException;
import io.gatewaykit.edge.config.ConfigReader;
import io.gatewaykit.edge.config.GatewayConfig;
import io.gatewaykit.edge.policy.LivePolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The policy applied to a request, the request sent to its server, and the status and log. */
@Timeout(120)
class RequestPolicyTest {
  private static final String ATTACK = "/x?q=eval%28%24_POST%5B1%5D%29";

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final InetSocketAddress anyPort =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    log.start();
    var logger = (Logger) LoggerFactory.getLogger(EdgeGateway.class);
    logger.setLevel(Level.INFO);
    logger.addAppender(log);
    server = HttpServer.create(anyPort, 16);
    server.createContext(
        "/",
        exchange -> {
          String seen =
              exchange.getRequestHeaders().get("Host") + " " + exchange.getRequestURI().toString();
          // in the encoding of request targets
          byte[] body = seen.getBytes(StandardCharsets.ISO_8859_1);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    var logger = (Logger) LoggerFactory.getLogger(EdgeGateway.class);
    logger.setLevel(null);
    logger.detachAppender(log);
  }

  private GatewayConfig config(String policy) throws ConfigException {
    return ConfigReader.read(
        "edge.yaml",
        """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        %s
        checks: {type: tcp, interval: 30s, timeout: 10s}
        policy: {per-try-timeout: 20s, hedge: off, breaker: off}
        lines:
          - name: line
            endpoints: [{address: "127.0.0.1:%d"}]
        """
            .formatted(policy.strip(), server.getAddress().getPort()));
  }

  private EdgeGateway gateway(String policy) throws Exception {
    return EdgeGateway.start(config(policy), "edge.yaml", 1);
  }

  private static RawResponse send(InetSocketAddress to, String target, String... lines)
      throws IOException {
    return raw(to, "GET " + target + " HTTP/1.1\r\n" + String.join("\r\n", lines) + "\r\n\r\n");
  }

  private static RawResponse raw(InetSocketAddress to, String request) throws IOException {
    try (RawClient client = new RawClient(to.getPort())) {
      client.send(request);
      return client.read();
    }
  }

  private List<String> logged() {
    return List.copyOf(log.list).stream()
        .map(event -> event.getLevel() + " " + event.getFormattedMessage())
        .toList();
  }

  @Test
  void selectedRoute_isAnAttributeOfTheRequest() throws Exception {
    try (var policy =
        new LivePolicy(config("routes: [{name: chat, path: /chat/**}]"), System::nanoTime)) {
      for (String target : List.of("/chat/hi", "/other")) {
        RequestHead request = RequestHead.builder("GET", target).build();
        policy.select(request);
        assertThat(request.attributes().get(Route.SELECTED))
            .isEqualTo(target.equals("/other") ? "defaults" : "chat");
      }
    }
  }

  @Test
  void requestThatMatchesNoRoute_getsTheDefaults() throws Exception {
    String routes =
        """
        limits: {chat: {rate: 1/h}, rest: {rate: 1/h}}
        routes: [{name: chat, path: /chat/**, limit: chat}]
        """;
    try (EdgeGateway gateway = gateway(routes)) {
      assertThat(send(gateway.address(), ATTACK, "Host: h").status()).isEqualTo(403);
      for (int i = 0; i < 3; i++) {
        assertThat(send(gateway.address(), "/x", "Host: h").status()).isEqualTo(200);
      }
      assertThat(gateway.status().routes())
          .last()
          .matches(route -> route.name().equals("defaults") && route.waf() && route.hits() == 4);
      assertThat(gateway.status().waf().unguarded()).isEmpty();
      assertThat(logged()).noneMatch(line -> line.contains("firewall off"));
    }
    try (EdgeGateway gateway = gateway(routes + "defaults: {waf: on, limit: rest}")) {
      assertThat(send(gateway.address(), "/x", "Host: h").status()).isEqualTo(200);
      assertThat(send(gateway.address(), "/x", "Host: h").status()).isEqualTo(429);
    }
  }

  @Test
  void firewallThatIsOff_isExplicitAndReported() throws Exception {
    try (EdgeGateway gateway =
        gateway("routes: [{name: files, path: /files/**, waf: false}]\ndefaults: {waf: off}")) {
      assertThat(send(gateway.address(), ATTACK, "Host: h").status()).isEqualTo(200);
      assertThat(gateway.status().waf().unguarded()).containsExactly("files", "defaults");
      assertThat(logged()).contains("WARN firewall off for routes files, defaults (waf: false)");
      RawResponse text = send(gateway.adminAddress(), "/status?format=text", "Host: localhost");
      assertThat(text.body()).contains("off for routes files, defaults");
    }
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          'defaults: {waf: maybe}', 'defaults.waf: maybe (expected: on or off, true or false)'
          'defaults: {limit: x}', 'defaults.limit: x (expected: no limits are defined)'
          'routes: [{name: defaults}]', 'routes[0].name: defaults (expected: a unique name, not defaults)'
          """)
  void mistakesInDefaults_areNamed(String yaml, String message) {
    try {
      config(yaml);
      assertThat(yaml).isEqualTo("rejected");
    } catch (ConfigException e) {
      assertThat(e.getMessage()).contains(message);
    }
  }

  @Test
  void limitByHost_countsAllSpellingsOfAHostTogether() throws Exception {
    try (EdgeGateway gateway =
        gateway("limits: {host: {rate: 1/h, key: host}}\ndefaults: {limit: host}")) {
      assertThat(send(gateway.address(), "/", "Host: victim.test").status()).isEqualTo(200);
      for (String host :
          List.of(
              "victim.test:80",
              "victim.test:81",
              "victim.test:0080",
              "victim.test.",
              "victim.test:",
              "VICTIM.test")) {
        assertThat(send(gateway.address(), "/", "Host: " + host).status()).as(host).isEqualTo(429);
      }
      assertThat(send(gateway.address(), "http://Victim.test:80/", "Host: victim.test").status())
          .isEqualTo(429);
      assertThat(send(gateway.address(), "/", "Host: other.test").status()).isEqualTo(200);
    }
  }

  @Test
  void virtualHostWithoutFirewall_isNotBorrowedByAnotherHost() throws Exception {
    try (EdgeGateway gateway =
        gateway("routes: [{name: open, host: \"*.example.com\", waf: false}]")) {
      String target = "http://x.example.com" + ATTACK;
      assertThat(send(gateway.address(), target, "Host: admin.internal").status()).isEqualTo(400);
      assertThat(send(gateway.address(), target, "Host: x.example.com").body())
          .isEqualTo("[x.example.com] " + ATTACK);
      assertThat(raw(gateway.address(), "GET " + target + " HTTP/1.0\r\n\r\n").body())
          .isEqualTo("[x.example.com] " + ATTACK);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "@evil/p",
        "p",
        "?x",
        ".evil.com/",
        ":80/",
        "*",
        "/p#frag",
        "http2://h/chat/hi",
        "http:/x",
        "ftp://h/x",
        "/\u00e4"
      })
  void malformedTarget_isRejected(String target) throws Exception {
    try (EdgeGateway gateway = gateway("")) {
      assertThat(send(gateway.address(), target, "Host: h").status()).isEqualTo(400);
    }
  }

  @Test
  void oldRequestWithoutHost_getsTheAddressThatItConnectedTo() throws Exception {
    try (EdgeGateway gateway = gateway("")) {
      String own = "127.0.0.1:" + gateway.address().getPort();
      assertThat(raw(gateway.address(), "GET /x HTTP/1.0\r\n\r\n").body())
          .isEqualTo("[" + own + "] /x");
      assertThat(send(gateway.address(), "/x", "Host:").body()).isEqualTo("[" + own + "] /x");
    }
  }

  @Test
  void rawUtf8InATarget_isForwardedAsSent() throws Exception {
    try (EdgeGateway gateway = gateway("")) {
      assertThat(send(gateway.address(), "/chat/\u00c3\u00a4", "Host: h").body())
          .isEqualTo("[h] /chat/\u00c3\u00a4");
    }
  }

  @Test
  void reloads_areLoggedWithRevisionAndReason() throws Exception {
    try (EdgeGateway gateway = gateway("")) {
      gateway.onConfig(config("defaults: {waf: off}"), false);
      gateway.onRejected(List.of("edge.yaml:33:9: waf.mode: blok (expected: one of off, detect)"));
      assertThat(logged())
          .contains(
              "INFO configuration edge.yaml: applied revision 2",
              "WARN firewall off for routes defaults (waf: false)",
              "WARN configuration change rejected, revision 2 remains active"
                  + " (edge.yaml:33:9: waf.mode: blok (expected: one of off, detect))");
    }
  }

  @Test
  void removedParts_areLogged_andAreAWarningIfTheFileLooksTruncated() throws Exception {
    String complete =
        """
        limits: {chat: {rate: 5/s}, site: {rate: 9/s}}
        waf-policies: {strict: {paranoia: 2}}
        client-address: {header: forwarded, trusted-proxies: [10.0.0.0/8]}
        routes: [{name: chat, path: /chat/**, limit: chat}, {name: site, limit: site}]
        """;
    try (EdgeGateway gateway = gateway(complete)) {
      String removed =
          "removed routes chat, site; limits chat; firewall policies strict;"
              + " trusted proxies 10.0.0.0/8";
      gateway.onConfig(config("limits: {site: {rate: 9/s}}"), true);
      assertThat(logged())
          .contains(
              "WARN configuration edge.yaml: revision 2 "
                  + removed
                  + " (the file looks truncated)");
      assertThat(gateway.status().switches())
          .anyMatch(event -> event.toString().contains("removed routes chat, site"));
      log.list.clear();
      gateway.onConfig(config(complete), false);
      assertThat(logged()).noneMatch(line -> line.contains("removed"));
      gateway.onConfig(config("limits: {site: {rate: 9/s}}"), false);
      assertThat(logged()).contains("INFO configuration edge.yaml: revision 4 " + removed);
      assertThat(logged()).noneMatch(line -> line.startsWith("WARN"));
    }
  }

  @Test
  void changedAddress_isReportedAsPending() throws Exception {
    try (EdgeGateway gateway = gateway("")) {
      var elsewhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
      gateway.onConfig(config("").withAddresses(elsewhere, anyPort), false);
      GatewayStatus status = gateway.status();
      assertThat(status.config().pending())
          .singleElement()
          .asString()
          .startsWith("listen: ")
          .endsWith("127.0.0.1:1 takes effect after a restart");
      gateway.onConfig(config("").withAddresses(anyPort, anyPort), false);
      assertThat(gateway.status().config().pending()).isEmpty();
    }
  }

  @Test
  void textStatus_escapesWhatATerminalWouldObey() throws Exception {
    try (EdgeGateway gateway = gateway("")) {
      assertThat(send(gateway.address(), "/\u00c2\u009b31m" + ATTACK, "Host: h").status())
          .isEqualTo(403);
      String text = send(gateway.adminAddress(), "/status?format=text", "Host: localhost").body();
      assertThat(text).contains("\\u009b31m").doesNotContain("\u009b");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evil.example", "127.0.0.1.nip.io", "2130706433", "127.1", "localhost.evil", ""})
  void admin_hostThatIsNoAddress_isRejected(String host) throws Exception {
    try (EdgeGateway gateway = gateway("")) {
      assertThat(send(gateway.adminAddress(), "/status", "Host: " + host).status()).isEqualTo(403);
    }
  }

  @Test
  void admin_crossSitePost_changesNothing() throws Exception {
    try (EdgeGateway gateway = gateway("")) {
      String own = "127.0.0.1:" + gateway.adminAddress().getPort();
      String post = "POST /lines/line/drain HTTP/1.1\r\nContent-Length: 0\r\nHost: " + own + "\r\n";
      for (String field :
          List.of(
              "Origin: http://evil.example",
              "Origin: null",
              "Sec-Fetch-Site: cross-site",
              "Sec-Fetch-Site: same-site",
              "Origin: http://127.0.0.1:1")) {
        assertThat(raw(gateway.adminAddress(), post + field + "\r\n\r\n").status())
            .as(field)
            .isEqualTo(403);
      }
      String rebound = post.replace(own, "evil.example") + "Origin: http://evil.example\r\n\r\n";
      assertThat(raw(gateway.adminAddress(), rebound).status()).isEqualTo(403);
      assertThat(gateway.status().switches()).isEmpty();
    }
  }

  @Test
  void admin_scriptInAPath_staysText() throws Exception {
    try (EdgeGateway gateway = gateway("")) {
      String target = "/</script><script>alert(1)</script>?q=eval%28%24_POST%5B1%5D%29";
      assertThat(send(gateway.address(), target, "Host: h").status()).isEqualTo(403);
      RawResponse page = send(gateway.adminAddress(), "/status", "Host: localhost");
      assertThat(page.body()).doesNotContain("<script>alert(1)");
      assertThat(page.header("Content-Security-Policy")).contains("nonce-");
      assertThat(send(gateway.adminAddress(), "/", "Host: localhost").status()).isEqualTo(303);
    }
  }
}
