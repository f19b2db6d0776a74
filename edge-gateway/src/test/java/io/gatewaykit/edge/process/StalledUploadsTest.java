// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.gatewaykit.api.tck.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway of 256 MiB with clients that stall in the middle of an upload and never disconnect. The
 * build uses a few thousand; {@code -Dstalled.uploads=10000} runs the full attack.
 */
@Timeout(400)
@Tag("slow")
class StalledUploadsTest {
  private static final int CONNECTIONS = Integer.getInteger("stalled.uploads", 3000);
  private static final int HEAP_MIB = 256;
  private static final String UPLOAD =
      "POST /up HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n";

  /** The data sent, by client in rotation. The total exceeds the memory of the gateway. */
  private static final List<String> STALLED =
      List.of(
          UPLOAD + "Content-Length: 130000\r\n\r\n" + "a".repeat(100_000),
          UPLOAD + "Transfer-Encoding: chunked\r\n\r\n" + "1\r\nx\r\n".repeat(20_000),
          "GET /head HTTP/1.1\r\nHost: h\r\nX-Long: " + "a".repeat(30_000),
          "GET /a HTTP/1.1\r\nHost: h\r\n\r\n" + UPLOAD + "Content-Length: 130000\r\n\r\naaaa");

  private final List<SocketChannel> clients = new ArrayList<>();
  private HttpServer server;
  private GatewayProcess gateway;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write("ok".getBytes(StandardCharsets.US_ASCII));
          exchange.close();
        });
    server.start();
    Path config = folder.resolve("edge.yaml");
    Files.writeString(
        config,
        """
        lines:
          - name: only
            endpoints:
              - address: 127.0.0.1:%d
        checks: {type: tcp}
        """
            .formatted(server.getAddress().getPort()));
    gateway = GatewayProcess.start(config, folder.resolve("log"), HEAP_MIB);
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(gateway::isServing);
  }

  @AfterEach
  void stop() throws IOException {
    for (SocketChannel client : clients) {
      client.close();
    }
    gateway.close();
    server.stop(0);
  }

  @Test
  void stalledUploads_doNotStopTheGateway() throws IOException {
    for (int i = 0; i < CONNECTIONS; i++) {
      stall(STALLED.get(i % STALLED.size()));
      if (i % 500 == 0) {
        assertThat(status()).as("after %d stalled clients", i).isEqualTo(200);
      }
    }
    assertThat(status()).isEqualTo(200);
    for (SocketChannel client : clients) {
      client.close();
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> gateway.descriptors() < 200 && status() == 200);
    assertThat(gateway.errors()).isEmpty();
  }

  /** Sends as much as is accepted without blocking: a rejected body is not read completely. */
  private void stall(String bytes) throws IOException {
    SocketChannel client =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()));
    client.configureBlocking(false);
    clients.add(client);
    ByteBuffer rest = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1));
    try {
      for (int i = 0; i < 100 && rest.hasRemaining(); i++) {
        client.write(rest);
        Thread.onSpinWait();
      }
    } catch (IOException rejected) {
      client.close();
    }
  }

  private int status() throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port());
    try (RawClient client = new RawClient(address.getPort())) {
      client.send("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      return client.read().status();
    }
  }
}
