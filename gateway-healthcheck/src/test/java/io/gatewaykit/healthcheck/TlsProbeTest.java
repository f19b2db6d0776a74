// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import io.gatewaykit.healthcheck.state.TargetState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Probes over TLS against a JDK server. */
@Timeout(120)
class TlsProbeTest {
  @TempDir static Path folder;

  /** A TLS server that responds to requests and records the requested names. */
  private static final class Server implements AutoCloseable {
    private final SSLServerSocket listener;
    private final List<String> names = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();

    Server(SSLContext context, boolean needsClient) throws IOException {
      listener =
          (SSLServerSocket)
              context
                  .getServerSocketFactory()
                  .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
      listener.setNeedClientAuth(needsClient);
      var thread = new Thread(this::accept, "tls-server");
      thread.setDaemon(true);
      thread.start();
    }

    InetSocketAddress address() {
      return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private void accept() {
      while (!listener.isClosed()) {
        try (SSLSocket socket = (SSLSocket) listener.accept()) {
          connections.incrementAndGet();
          socket.startHandshake();
          ((ExtendedSSLSession) socket.getSession())
              .getRequestedServerNames()
              .forEach(name -> names.add(new String(name.getEncoded(), US_ASCII)));
          byte[] bytes = new byte[4096];
          while (socket.getInputStream().read(bytes) > 0) {
            String body = "x".repeat(40_000);
            socket
                .getOutputStream()
                .write(
                    ("HTTP/1.1 200 OK\r\nContent-Length: 40005\r\n\r\nready" + body)
                        .getBytes(US_ASCII));
          }
        } catch (IOException e) {
          // the handshake failed, or the prober disconnected
          assertThat(e).isNotNull();
        }
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  @DisplayName(
      "T47: a name other than the address is sent as SNI and verified, and the expiry is reported")
  @Test
  void nameOtherThanAddress_isSentAsSniAndVerified_withTheExpiry() throws Exception {
    TestKeys server = TestKeys.of(folder, "shop.test");
    try (var tls = new Server(TestKeys.context(server, null), false)) {
      SSLContext trusting = TestKeys.context(null, server);
      ProbeResult good =
          ProbeOnce.of(
              HttpProbe.builder("/")
                  .tls(ProbeTls.of(trusting, "shop.test"))
                  .expect(ExpectedResponse.builder().body("ready").build())
                  .build(),
              tls.address());
      assertThat(good.cause()).as(good.detail()).isEqualTo(Cause.PASSED);
      assertThat(good.certificateExpiry())
          .isBetween(
              Instant.now().plus(Duration.ofDays(28)), Instant.now().plus(Duration.ofDays(31)));
      assertThat(tls.names).containsExactly("shop.test");

      ProbeResult byTarget =
          ProbeOnce.of(
              HttpProbe.builder("/").tls(ProbeTls.of(trusting)).build(),
              new Target("a", tls.address()).withHostName("shop.test:443"),
              Duration.ofSeconds(20));
      assertThat(byTarget.cause()).as(byTarget.detail()).isEqualTo(Cause.PASSED);
      assertThat(tls.names).containsExactly("shop.test", "shop.test");
      assertThat(
              ProbeOnce.of(
                  TcpProbe.builder().tls(ProbeTls.of(trusting, "shop.test")).build(),
                  tls.address()))
          .extracting(ProbeResult::cause)
          .isEqualTo(Cause.PASSED);
    }
  }

  @Test
  void certificateOfAnotherNameOrIssuer_failsForTls() throws Exception {
    TestKeys server = TestKeys.of(folder, "shop.test");
    TestKeys stranger = TestKeys.of(folder, "stranger.test");
    try (var tls = new Server(TestKeys.context(server, null), false)) {
      ProbeResult otherName =
          ProbeOnce.of(
              HttpProbe.builder("/")
                  .tls(ProbeTls.of(TestKeys.context(null, server), "other.test"))
                  .build(),
              tls.address());
      assertThat(otherName.cause()).as(otherName.detail()).isEqualTo(Cause.TLS);
      ProbeResult otherIssuer =
          ProbeOnce.of(
              HttpProbe.builder("/")
                  .tls(ProbeTls.of(TestKeys.context(null, stranger), "shop.test"))
                  .build(),
              tls.address());
      assertThat(otherIssuer.cause()).as(otherIssuer.detail()).isEqualTo(Cause.TLS);
      ProbeResult address =
          ProbeOnce.of(
              HttpProbe.builder("/").tls(ProbeTls.of(TestKeys.context(null, server))).build(),
              tls.address());
      assertThat(address.cause()).as(address.detail()).isEqualTo(Cause.TLS);
      ProbeResult unverified =
          ProbeOnce.of(
              HttpProbe.builder("/")
                  .tls(new ProbeTls(TestKeys.context(null, server), null, false))
                  .build(),
              tls.address());
      assertThat(unverified.cause()).as(unverified.detail()).isEqualTo(Cause.PASSED);
      assertThat(tls.names).as("an address is not sent as a name").doesNotContain("127.0.0.1");
    }
  }

  @DisplayName("T48: a server that requires a client certificate passes only with one")
  @Test
  void serverThatWantsAClientCertificate_passesOnlyWithOne() throws Exception {
    TestKeys server = TestKeys.of(folder, "shop.test");
    TestKeys client = TestKeys.of(folder, "client.test");
    try (var tls = new Server(TestKeys.context(server, client), true)) {
      ProbeResult with =
          ProbeOnce.of(
              HttpProbe.builder("/")
                  .tls(ProbeTls.of(TestKeys.context(client, server), "shop.test"))
                  .build(),
              tls.address());
      assertThat(with.cause()).as(with.detail()).isEqualTo(Cause.PASSED);
      ProbeResult without =
          ProbeOnce.of(
              HttpProbe.builder("/")
                  .tls(ProbeTls.of(TestKeys.context(null, server), "shop.test"))
                  .build(),
              tls.address());
      assertThat(without.cause()).as(without.detail()).isEqualTo(Cause.TLS);
    }
  }

  @Test
  void connection_isKeptOverTls() throws Exception {
    TestKeys server = TestKeys.of(folder, "shop.test");
    try (var tls = new Server(TestKeys.context(server, null), false);
        var engine = ProbeEngine.builder().build();
        var checker =
            HealthChecker.builder("tls")
                .engine(engine)
                .probe(
                    HttpProbe.builder("/")
                        .tls(ProbeTls.of(TestKeys.context(null, server), "shop.test"))
                        .build())
                .schedule(
                    ProbeSchedule.builder()
                        .interval(Duration.ofSeconds(20))
                        .timeout(Duration.ofSeconds(20))
                        .recoverInterval(Duration.ofMillis(20))
                        .build())
                .initial(TargetState.MOSTLY_UNHEALTHY) // and is therefore probed often
                .active(ActiveRules.of(Thresholds.riseFall(200, 1)))
                .build()) {
      checker.setTargets(List.of(new Target("a", tls.address())));
      checker.reset("a", false);
      requireNonNull(checker.target("a")).reportTcpFailure(); // triggers an immediate probe
      await().until(() -> checker.snapshot().targets().get(0).probes() > 10);
      assertThat(checker.snapshot().totals().probes().get(Cause.PASSED)).isGreaterThan(10L);
      assertThat(tls.connections).hasValue(1);
    }
  }

  @Test
  void plainServer_failsForTls() throws Exception {
    try (var plain = new AnsweringServer("HTTP/1.1 400 Bad\r\n\r\n")) {
      ProbeResult result =
          ProbeOnce.of(
              HttpProbe.builder("/").tls(ProbeTls.of(SSLContext.getDefault(), "shop.test")).build(),
              plain.address());
      assertThat(result.cause()).as(result.detail()).isEqualTo(Cause.TLS);
    }
  }

  @Test
  void badServerName_isRejected() throws Exception {
    SSLContext context = SSLContext.getDefault();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProbeTls.of(context, "no name"))
        .withMessage("serverName: \"no name\" (expected: a DNS name)");
  }
}
