// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import io.gatewaykit.healthcheck.state.TargetState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Probes against nginx and HAProxy. */
@Timeout(120)
@Tag("slow")
class RealServersTest {
  @TempDir Path folder;
  private @Nullable Process process;

  @AfterEach
  void stop() throws InterruptedException {
    if (process != null) {
      process.destroy();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private void start(int port, String... command) throws IOException {
    Path log = folder.resolve("log");
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    await().atMost(Duration.ofSeconds(30)).until(() -> accepts(port));
  }

  private static boolean accepts(int port) {
    try (var socket = new Socket()) {
      socket.connect(at(port), 1_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void startNginx(int port, int http2Port) throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/nginx")), "needs nginx (Debian: nginx-light)");
    Path config = folder.resolve("nginx.conf");
    Files.writeString(
        config,
        """
        worker_processes 1;
        daemon off;
        pid %1$s/nginx.pid;
        error_log %1$s/error.log;
        events { worker_connections 256; }
        http {
          access_log off;
          client_body_temp_path %1$s; proxy_temp_path %1$s; fastcgi_temp_path %1$s;
          uwsgi_temp_path %1$s; scgi_temp_path %1$s;
          server {
            listen 127.0.0.1:%2$d;
            location = /health { add_header X-Service orders; return 200 "all is ready\\n"; }
            location = /down { return 503; }
            location = /leaving { return 404; }
            location = /moved { return 301 /health; }
          }
          server {
            listen 127.0.0.1:%3$d http2;
            location = /health { add_header X-Service orders; return 200 "all is ready\\n"; }
            location = /down { return 503; }
          }
        }
        """
            .formatted(folder, port, http2Port));
    start(port, "/usr/sbin/nginx", "-p", folder.toString(), "-c", config.toString());
  }

  @Test
  void nginx_isJudgedByStatusHeaderAndBody() throws Exception {
    int port = freePort();
    int http2 = freePort();
    startNginx(port, http2);
    Probe health = Probe.http("/health");
    assertThat(ProbeOnce.of(health, at(port)).detail()).isEqualTo("status 200");
    assertThat(ProbeOnce.of(HttpProbe.builder("/health").method("HEAD").build(), at(port)).cause())
        .isEqualTo(Cause.PASSED);
    assertThat(
            ProbeOnce.of(
                    HttpProbe.builder("/health")
                        .expect(ExpectedResponse.builder().body("is ready").build())
                        .build(),
                    at(port))
                .cause())
        .isEqualTo(Cause.PASSED);
    assertThat(
            ProbeOnce.of(
                    HttpProbe.builder("/health")
                        .expect(ExpectedResponse.builder().body("is asleep").build())
                        .build(),
                    at(port))
                .cause())
        .isEqualTo(Cause.BODY);
    assertThat(
            ProbeOnce.of(
                    HttpProbe.builder("/health")
                        .expect(ExpectedResponse.builder().identity("X-Service", "orders").build())
                        .build(),
                    at(port))
                .cause())
        .isEqualTo(Cause.PASSED);
    assertThat(
            ProbeOnce.of(
                    HttpProbe.builder("/health")
                        .expect(ExpectedResponse.builder().identity("X-Service", "carts").build())
                        .build(),
                    at(port))
                .cause())
        .isEqualTo(Cause.IDENTITY);
    assertThat(ProbeOnce.of(Probe.http("/down"), at(port)).detail()).isEqualTo("status 503");
    assertThat(
            ProbeOnce.of(
                    HttpProbe.builder("/down")
                        .expect(ExpectedResponse.builder().failNowStatuses("503").build())
                        .build(),
                    at(port))
                .cause())
        .isEqualTo(Cause.FAIL_NOW);
    assertThat(
            ProbeOnce.of(
                    HttpProbe.builder("/leaving")
                        .expect(ExpectedResponse.builder().drainStatuses("404").build())
                        .build(),
                    at(port))
                .cause())
        .isEqualTo(Cause.DRAINING);
    assertThat(
            ProbeOnce.of(
                    HttpProbe.builder("/moved")
                        .expect(ExpectedResponse.builder().goodStatuses("200-299").build())
                        .build(),
                    at(port))
                .status())
        .isEqualTo(301);

    assertThat(
            ProbeOnce.of(
                    HttpProbe.builder("/health")
                        .http2()
                        .expect(ExpectedResponse.builder().body("is ready").build())
                        .build(),
                    at(http2))
                .cause())
        .isEqualTo(Cause.PASSED);
    assertThat(ProbeOnce.of(HttpProbe.builder("/down").http2().build(), at(http2)).status())
        .isEqualTo(503);
    assertThat(ProbeOnce.of(Probe.grpc(""), at(http2)).detail()).isEqualTo("HTTP status 404");
  }

  @Test
  void nginxStoppedAndStarted_failsAndRecovers_onKeptConnections() throws Exception {
    int port = freePort();
    startNginx(port, freePort());
    try (var engine = ProbeEngine.builder().build();
        var checker =
            HealthChecker.builder("nginx")
                .engine(engine)
                .probe(Probe.http("/health"))
                .schedule(ProbeSchedule.every(Duration.ofMillis(200)))
                .build()) {
      checker.setTargets(List.of(new Target("a", at(port))));
      TargetHandle handle = requireNonNull(checker.target("a"));
      await().until(() -> handle.state() == TargetState.HEALTHY);
      Process nginx = requireNonNull(process);
      nginx.destroy();
      nginx.waitFor();
      await().until(() -> handle.state() == TargetState.UNHEALTHY);
      assertThat(checker.snapshot().targets().get(0).lastProbe())
          .extracting(ProbeResult::cause)
          .isEqualTo(Cause.CONNECT);
      startNginx(port, freePort());
      await().until(() -> handle.state() == TargetState.HEALTHY);
    }
  }

  @Test
  void haproxy_withoutBackends_isUnhealthy_withOneHealthy() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/haproxy")), "needs haproxy (Debian: haproxy)");
    int port = freePort();
    int empty = freePort();
    int http2 = freePort();
    Path config = folder.resolve("haproxy.cfg");
    Files.writeString(
        config,
        """
        defaults
          mode http
          timeout client 5s
          timeout connect 5s
          timeout server 5s
        frontend answers
          bind 127.0.0.1:%d
          http-request return status 200 content-type text/plain string "ready"
        frontend answers2
          bind 127.0.0.1:%d proto h2
          http-request return status 200 content-type text/plain string "ready"
        frontend nobody
          bind 127.0.0.1:%d
          default_backend none
        backend none
          server gone 127.0.0.1:1
        """
            .formatted(port, http2, empty));
    start(port, "/usr/sbin/haproxy", "-db", "-f", config.toString());
    assertThat(
            ProbeOnce.of(
                    HttpProbe.builder("/")
                        .expect(ExpectedResponse.builder().body("ready").build())
                        .build(),
                    at(port))
                .cause())
        .isEqualTo(Cause.PASSED);
    assertThat(
            ProbeOnce.of(
                    HttpProbe.builder("/")
                        .http2()
                        .expect(ExpectedResponse.builder().body("ready").build())
                        .build(),
                    at(http2))
                .cause())
        .isEqualTo(Cause.PASSED);
    assertThat(ProbeOnce.of(Probe.http("/"), at(empty)).status()).isEqualTo(503);
    assertThat(
            ProbeOnce.of(
                    TcpProbe.builder()
                        .send("GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII))
                        .expect("HTTP/1.0 200".getBytes(US_ASCII))
                        .build(),
                    at(port))
                .detail())
        .isEqualTo("response did not match"); // it responds with HTTP/1.1
  }

  @DisplayName("T30: one-shot probes leave no socket in TIME_WAIT on this side")
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneShotProbes_leaveNoSocketWaiting(boolean http) throws Exception {
    Path table = Path.of("/proc/net/tcp6");
    assumeTrue(Files.isReadable(table), "needs Linux's /proc");
    Probe probe = http ? HttpProbe.builder("/").oneShot().build() : Probe.tcp();
    int port;
    try (var server = new AnsweringServer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        var engine = ProbeEngine.builder().build();
        var checker =
            HealthChecker.builder("one-shot")
                .engine(engine)
                .probe(probe)
                .schedule(ProbeSchedule.every(Duration.ofMillis(10)))
                .build()) {
      port = server.address().getPort();
      checker.setTargets(List.of(new Target("a", server.address())));
      await().until(() -> checker.snapshot().targets().get(0).probes() >= 100);
    }
    String remote = ":%04X 06".formatted(port); // in state TIME_WAIT, towards the server
    for (Path each : List.of(table, Path.of("/proc/net/tcp"))) {
      assertThat(Files.readString(each)).doesNotContain(remote);
    }
  }
}
