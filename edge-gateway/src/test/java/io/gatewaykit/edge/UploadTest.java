// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.edge.config.ConfigReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Large uploads through the firewall to a real server. */
@Timeout(60)
class UploadTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final int UPLOADS = 40;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private EdgeGateway gateway;

  /** Starts a server that answers with the number of bytes of the body. */
  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 0);
    server.createContext(
        "/",
        exchange -> {
          long size = exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
          byte[] answer = Long.toString(size).getBytes(US_ASCII);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.setExecutor(threads);
    server.start();
    gateway =
        EdgeGateway.start(
            ConfigReader.read(
                "edge.yaml",
                """
                listen: 127.0.0.1:0
                admin: 127.0.0.1:0
                checks: {type: tcp, interval: 30s, timeout: 10s}
                lines:
                  - name: line
                    endpoints: [{address: "127.0.0.1:%d"}]
                """
                    .formatted(server.getAddress().getPort())),
            "edge.yaml",
            1);
  }

  @AfterEach
  void close() {
    gateway.close();
    server.stop(0);
    threads.shutdownNow();
  }

  /** The head and the body are separate segments; the sizes exceed the buffers of the sockets. */
  @Test
  void inspectedUploads_arriveComplete() throws IOException {
    for (int i = 0; i < UPLOADS; i++) {
      int size = 100_000 + i * 125_000;
      try (RawClient client = new RawClient(gateway.address().getPort())) {
        client.send("POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: " + size + "\r\n\r\n");
        client.send("y".repeat(size));
        assertThat(client.read().body()).isEqualTo(Integer.toString(size));
      }
    }
  }
}
