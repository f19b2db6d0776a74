// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.edge.EdgeGateway;
import io.gatewaykit.edge.config.ConfigReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The bounds across all clients on the status page, while clients reach them. */
@Timeout(60)
class StatusOfBoundsTest {
  private static final int CONNECTIONS = 20;
  private static final String UPLOAD =
      "POST /up HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
          + "Content-Length: 200000\r\n\r\n"
          + "a".repeat(100_000);

  private final HeadServer server = HeadServer.start();
  private final List<RawClient> clients = new ArrayList<>();
  private EdgeGateway gateway;

  @BeforeEach
  void start() throws Exception {
    gateway =
        EdgeGateway.start(
            ConfigReader.read(
                "edge.yaml",
                """
                listen: 127.0.0.1:0
                admin: 127.0.0.1:0
                bounds: {connections: %d, held-bytes: 1MiB, slow-readers: 1}
                checks: {type: tcp, interval: 30s, timeout: 10s}
                policy: {hedge: off, breaker: off}
                lines: [{name: line, endpoints: [{address: "127.0.0.1:%d"}]}]
                """
                    .formatted(CONNECTIONS, server.address().getPort())),
            "edge.yaml",
            1);
  }

  @AfterEach
  void stop() throws IOException {
    for (RawClient client : clients) {
      client.close();
    }
    gateway.close();
    server.close();
  }

  private void open(String bytes) throws IOException {
    var client = new RawClient(gateway.address().getPort());
    clients.add(client);
    client.send(bytes);
  }

  private String page(String format) throws IOException {
    try (var client = new RawClient(gateway.adminAddress().getPort())) {
      client.send(
          "GET /status" + format + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      return client.read().body();
    }
  }

  @Test
  void reachedBounds_areShownInEveryFormat() throws IOException {
    for (int i = 0; i < 11; i++) {
      open(UPLOAD); // the last ones have no room
    }
    await().until(() -> gateway.status().load().rejectedHolds() > 0);
    open("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    open("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    await().until(() -> gateway.status().load().droppedReaders() == 1);
    while (gateway.status().load().rejectedConnections() == 0) {
      open("");
    }
    assertThat(gateway.status().load())
        .satisfies(
            load -> assertThat(load.connections()).isBetween(10, CONNECTIONS),
            load -> assertThat(load.heldBytes()).isBetween(500_000L, 1L << 20),
            load -> assertThat(load.slowReaders()).isEqualTo(1));
    assertThat(page("?format=text"))
        .containsPattern(
            "Clients: [1-9]\\d+ of 20 connections, [1-9]\\d+ KiB of 1024 held, 1 of 1 not")
        .containsPattern("rejected: [1-9]\\d* connections, [1-9]\\d* over the memory bound");
    assertThat(page("?format=prometheus"))
        .containsPattern("gateway_client_held_bytes [1-9]")
        .containsPattern("gateway_client_slow_readers 1")
        .containsPattern("gateway_client_bounds_total\\{bound=\"connections\"\\} [1-9]")
        .containsPattern("gateway_client_bounds_total\\{bound=\"held_bytes\"\\} [1-9]")
        .containsPattern("gateway_client_bounds_total\\{bound=\"slow_readers\"\\} 1");
    String json = "\"heldBytes\":[1-9]\\d*,\"maxHeldBytes\":1048576,\"rejectedHolds\":[1-9]";
    assertThat(page("?format=json")).containsPattern(json);
    assertThat(page("")).containsPattern(json);
  }
}
