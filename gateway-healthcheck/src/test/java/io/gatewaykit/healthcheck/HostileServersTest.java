// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.healthcheck.state.ProbeResult;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import io.gatewaykit.healthcheck.state.TargetState;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that are slow, silent, disconnected or violate their protocol. */
@Timeout(120)
class HostileServersTest {
  private static final Duration SOON = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofSeconds(20);

  /** The handling of a connection by a server. */
  private interface Behaviour {
    void serve(Socket socket, int number) throws IOException, InterruptedException;
  }

  /** A server with one behaviour. */
  private static final class Server implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicInteger connections = new AtomicInteger();
    private final Behaviour behaviour;

    Server(Behaviour behaviour) throws IOException {
      this.behaviour = behaviour;
      start(this::accept);
    }

    private static void start(Runnable task) {
      var thread = new Thread(task, "hostile-server");
      thread.setDaemon(true);
      thread.start();
    }

    private void accept() {
      while (!listener.isClosed()) {
        try {
          Socket socket = listener.accept();
          int number = connections.incrementAndGet();
          start(() -> {
            try (socket) {
              behaviour.serve(socket, number);
            } catch (IOException | InterruptedException e) {
              return; // the prober closed the connection
            }
          });
        } catch (IOException e) {
          return; // closed
        }
      }
    }

    InetSocketAddress address() {
      return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    @Override
    public void close() throws IOException {
      closed.countDown();
      listener.close();
    }
  }

  private static ProbeResult probe(Probe probe, Server server, Duration timeout)
      throws InterruptedException {
    return ProbeOnce.of(probe, new Target("a", server.address()), timeout);
  }

  private static void readRequest(Socket socket) throws IOException {
    assertThat(socket.getInputStream().read(new byte[4096])).isPositive();
  }

  @Test
  void blackHole_isATimeout() throws Exception {
    try (var server =
        new Server((socket, n) -> new CountDownLatch(1).await(60, TimeUnit.SECONDS))) {
      assertThat(probe(Probe.http("/"), server, SOON).cause()).isEqualTo(Cause.TIMEOUT);
      assertThat(probe(Probe.tcp(), server, LONG).cause()).isEqualTo(Cause.PASSED);
      assertThat(probe(Probe.grpc(""), server, SOON).cause()).isEqualTo(Cause.TIMEOUT);
    }
  }

  /** The timeout covers the complete body; single bytes do not extend it. */
  @DisplayName("T83: a slow stream of single bytes is a timeout")
  @Test
  void drip_isATimeout() throws Exception {
    byte[] head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".getBytes(US_ASCII);
    try (var server =
        new Server((socket, n) -> {
          readRequest(socket);
          socket.getOutputStream().write(head);
          var never = new CountDownLatch(1);
          while (!never.await(20, TimeUnit.MILLISECONDS)) {
            socket.getOutputStream().write('x');
          }
        })) {
      ProbeResult result = probe(Probe.http("/"), server, SOON);
      assertThat(result.cause()).isEqualTo(Cause.TIMEOUT);
      assertThat(result.detail()).isEqualTo("timed out");
    }
  }

  @Test
  void resetAfterTheRequest_isAReset() throws Exception {
    try (var server =
        new Server((socket, n) -> {
          readRequest(socket);
          socket.setSoLinger(true, 0);
        })) {
      assertThat(probe(Probe.http("/"), server, LONG).cause()).isEqualTo(Cause.RESET);
    }
  }

  @Test
  void refused_isNoConnection() throws Exception {
    Server gone = new Server((socket, n) -> {});
    gone.close();
    assertThat(probe(Probe.http("/"), gone, LONG).cause()).isEqualTo(Cause.CONNECT);
  }

  @Test
  void endlessHead_isNoHttp() throws Exception {
    try (var server =
        new Server((socket, n) -> {
          readRequest(socket);
          OutputStream out = socket.getOutputStream();
          out.write("HTTP/1.1 200 OK\r\n".getBytes(US_ASCII));
          for (int i = 0; i < 20_000; i++) {
            out.write("X-Header: value\r\n".getBytes(US_ASCII));
          }
        })) {
      ProbeResult result = probe(Probe.http("/"), server, LONG);
      assertThat(result.cause()).isEqualTo(Cause.PROTOCOL);
      assertThat(result.detail()).isEqualTo("response head exceeds 64 KB");
    }
  }

  /** A write that fails on a connection closed by the server is not a failure of the server. */
  @DisplayName("T81: a closed kept connection is replaced for the probe")
  @Test
  void keptConnectionClosedByPeer_isReplacedForTheProbe() throws Exception {
    byte[] answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(US_ASCII);
    try (var server =
            new Server((socket, n) -> {
              readRequest(socket);
              socket.getOutputStream().write(answer); // and closes without announcing it
            });
        var engine = ProbeEngine.builder().build();
        var checker =
            HealthChecker.builder("race")
                .engine(engine)
                .probe(Probe.http("/"))
                .schedule(ProbeSchedule.every(Duration.ofMillis(100)))
                .build()) {
      checker.setTargets(List.of(new Target("a", server.address())));
      await().until(() -> checker.snapshot().targets().get(0).probes() > 10);
      assertThat(checker.snapshot().totals().probes().get(Cause.RESET)).isZero();
      assertThat(checker.snapshot().targets().get(0).state()).isEqualTo(TargetState.HEALTHY);
    }
  }

  // An HTTP/2 server that sends GOAWAY with this last stream and error, then closes.
  private static void goAway(Socket socket, int last, int error) throws IOException {
    InputStream in = socket.getInputStream();
    assertThat(in.read(new byte[4096])).isPositive();
    String frame = "000000040000000000" + "0000080700000000000000000" + last + "0000000" + error;
    socket.getOutputStream().write(HexFormat.of().parseHex(frame));
    in.transferTo(OutputStream.nullOutputStream()); // until the prober disconnects
  }

  private static void serving(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    assertThat(in.read(new byte[4096])).isPositive();
    String frames =
        "000000040000000000"
            + "000001010400000001"
            + "88"
            + "000007000000000001"
            + "00000000020801"
            + "00000f010500000001"
            + "000b677270632d737461747573"
            + "0130";
    socket.getOutputStream().write(HexFormat.of().parseHex(frames));
    in.transferTo(OutputStream.nullOutputStream()); // until the prober disconnects
  }

  @DisplayName("T80: after a graceful GOAWAY the probe is repeated, without a result")
  @Test
  void gracefulGoAway_isProbedAgain_andCountsAsNoResult() throws Exception {
    try (var server =
        new Server((socket, n) -> {
          if (n == 1) {
            goAway(socket, 0, 0);
          } else {
            serving(socket);
          }
        })) {
      ProbeResult result = probe(Probe.grpc(""), server, LONG);
      assertThat(result.detail()).isEqualTo("SERVING");
      assertThat(server.connections).hasValue(2);
    }
  }

  @DisplayName("T80: a GOAWAY with an error is a failure")
  @Test
  void goAwayWithAnError_isAFailure() throws Exception {
    try (var server = new Server((socket, n) -> goAway(socket, 0, 2))) {
      ProbeResult result = probe(Probe.grpc(""), server, LONG);
      assertThat(result.cause()).isEqualTo(Cause.PROTOCOL);
      assertThat(result.detail()).isEqualTo("GOAWAY with error 2");
    }
  }

  private static final List<String> ANSWERS =
      List.of(
          "HTTP/1.1 200 OK\r\n"
              + "Transfer-Encoding: chunked\r\n\r\n"
              + "2;x=1\r\n"
              + "he\r\n"
              + "3\r\n"
              + "llo\r\n"
              + "0\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\n"
              + "Upgrade: websocket\r\n"
              + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
              + "\u0088\u0002\u0003\u00e8",
          "\0\0\0\4\0\0\0\0\0\0\0\1\1\4\0\0\0\1\u0088", // HTTP/2: settings, headers
          "\u0015\3\3\0\2\2("); // TLS: alert, handshake failure

  /** Returns one of the responses with some bytes changed, truncated or repeated. */
  private static byte[] noise(Random random) {
    byte[] bytes = ANSWERS.get(random.nextInt(ANSWERS.size())).getBytes(ISO_8859_1);
    for (int changes = random.nextInt(5); changes > 0; changes--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(3)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes = Arrays.copyOf(bytes, at + 1);
        default -> {
          byte[] twice = Arrays.copyOf(bytes, bytes.length + at);
          System.arraycopy(bytes, 0, twice, bytes.length, at);
          bytes = twice;
        }
      }
    }
    return bytes;
  }

  /** Seeded noise over real connections, for all kinds of probes concurrently. */
  @Test
  void noise_endsEachProbeWithACause_andNeverTheEngine() throws Exception {
    SSLContext trusting = SSLContext.getInstance("TLS");
    trusting.init(null, null, null);
    List<Probe> probes =
        List.of(
            HttpProbe.builder("/").expect(ExpectedResponse.builder().body("hello").build()).build(),
            Probe.webSocket("/"),
            Probe.grpc(""),
            GrpcProbe.builder("").watch().build(),
            TcpProbe.builder().tls(ProbeTls.of(trusting, "shop.test")).build());
    Behaviour noisy =
        (socket, number) -> {
          readRequest(socket);
          socket.getOutputStream().write(noise(new Random(number)));
        };
    try (var server = new Server(noisy);
        var engine = ProbeEngine.builder().build()) {
      var checkers = new ArrayList<HealthChecker>();
      for (Probe probe : probes) {
        HealthChecker checker =
            HealthChecker.builder("noise")
                .engine(engine)
                .probe(probe)
                .schedule(
                    ProbeSchedule.builder()
                        .interval(Duration.ofMillis(10))
                        .timeout(Duration.ofMillis(10))
                        .build())
                .active(ActiveRules.builder().massFailureShare(0).build())
                .build();
        checker.setTargets(List.of(new Target("a", server.address())));
        checkers.add(checker);
      }
      for (HealthChecker checker : checkers) {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> checker.snapshot().targets().get(0).probes() >= 200);
        assertThat(checker.snapshot().targets().get(0).lastProbe())
            .isNotNull()
            .satisfies(last -> assertThat(requireNonNull(last).detail()).isNotBlank());
      }
      try (var good = new AnsweringServer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")) {
        checkers.get(0).setTargets(List.of(new Target("b", good.address())));
        await().until(() -> checkers.get(0).health("b") == Health.HEALTHY);
      }
      checkers.forEach(HealthChecker::close);
    }
  }
}
