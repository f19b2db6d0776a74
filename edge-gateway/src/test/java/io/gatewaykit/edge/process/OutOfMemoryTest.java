// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A gateway whose bounds permit more memory than its heap has. */
@Timeout(120)
@Tag("slow")
class OutOfMemoryTest {
  private static final int HEAP_MIB = 40;
  private static final int MAX_CLIENTS = 8_000;

  /** A complete request of many fields, which a silent server leaves in memory. */
  private static final byte[] REQUEST =
      ("GET / HTTP/1.1\r\nHost: h\r\n" + fields() + "\r\n").getBytes(StandardCharsets.US_ASCII);

  private final List<SocketChannel> clients = new ArrayList<>();

  private static String fields() {
    var fields = new StringBuilder();
    for (int i = 0; i < 190; i++) {
      fields.append("X-").append(i).append(": ").append("a".repeat(140)).append("\r\n");
    }
    return fields.toString();
  }

  /** The option is that of the unit and the image; without it, the gateway itself exits. */
  @ParameterizedTest
  @CsvSource({
    "-XX:+ExitOnOutOfMemoryError, Terminating due to java.lang.OutOfMemoryError",
    "-XX:-ExitOnOutOfMemoryError, gateway: exiting (out of memory"
  })
  void exhaustedHeap_endsTheProcess_andIsLogged(String option, String message, @TempDir Path folder)
      throws Exception {
    Path log = folder.resolve("log");
    try (var silent = new ServerSocket(0, 4096, InetAddress.getLoopbackAddress());
        GatewayProcess gateway =
            GatewayProcess.start(config(folder, silent), log, HEAP_MIB, option)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> gateway.isServing() || !gateway.process().isAlive());
      for (int i = 0; i < MAX_CLIENTS && gateway.process().isAlive(); i++) {
        send(gateway.port());
      }
      assertThat(gateway.process().waitFor(60, TimeUnit.SECONDS)).as("exits").isTrue();
      assertThat(gateway.process().exitValue()).isEqualTo(3);
      assertThat(Files.readString(log)).contains(message);
    } finally {
      for (SocketChannel client : clients) {
        client.close();
      }
    }
  }

  private static Path config(Path folder, ServerSocket server) throws IOException {
    return Files.writeString(
        folder.resolve("edge.yaml"),
        """
        bounds: {connections: 100000, held-bytes: 1024GiB}
        lines:
          - name: only
            endpoints:
              - address: 127.0.0.1:%d
        checks: {type: tcp}
        """
            .formatted(server.getLocalPort()));
  }

  private void send(int port) {
    try {
      SocketChannel client =
          SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      clients.add(client);
      client.configureBlocking(false);
      int unused = client.write(ByteBuffer.wrap(REQUEST));
    } catch (IOException ended) {
      Thread.onSpinWait();
    }
  }
}
