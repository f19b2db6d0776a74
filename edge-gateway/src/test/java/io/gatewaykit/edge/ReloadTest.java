// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.edge.config.ConfigFile;
import io.gatewaykit.edge.demo.SimulatedEndpoint;
import io.gatewaykit.edge.demo.SimulatedLines;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A watched file: valid changes take effect under traffic, invalid ones have no effect. */
@Timeout(60)
class ReloadTest {
  @TempDir Path dir;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static String yaml(SimulatedEndpoint endpoint, String limit) {
    return yaml(endpoint, limit, 3);
  }

  private static String yaml(SimulatedEndpoint endpoint, String limit, int attempts) {
    return """
    listen: 127.0.0.1:0
    admin: 127.0.0.1:0
    limits:
      all: {rate: %s, key: all}
    routes:
      - {name: all, limit: all}
    lines:
      - name: line
        endpoints: [{address: "127.0.0.1:%d"}]
    policy: {attempts: %d}
    """
        .formatted(limit, endpoint.address().getPort(), attempts);
  }

  private static void write(Path file, String text) throws Exception {
    Path next = Files.writeString(file.resolveSibling("next.yaml"), text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private HttpResponse<String> get(EdgeGateway gateway) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + gateway.address().getPort() + "/");
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  @Test
  void changes_applyOrAreRejected_withoutLosingARequest() throws Exception {
    Path file = dir.resolve("edge.yaml");
    try (SimulatedLines lines = SimulatedLines.start()) {
      SimulatedEndpoint first = lines.lines().get(0).endpoints().get(0);
      SimulatedEndpoint second = lines.lines().get(1).endpoints().get(0);
      write(file, yaml(first, "100000/s"));
      try (var config = new ConfigFile(file);
          EdgeGateway gateway = EdgeGateway.start(config.load(), config.name(), 1)) {
        config.watch(Duration.ofMillis(20), gateway);
        var bad = new ArrayList<Integer>();
        for (int i = 0; i < 10; i++) {
          SimulatedEndpoint endpoint = i % 2 == 0 ? second : first;
          long revision = gateway.status().config().revision();
          // every other revision also replaces the failover group
          write(file, yaml(endpoint, "100000/s", 1 + i / 2));
          await()
              .pollInterval(Duration.ofMillis(5))
              .until(() -> {
                int status = get(gateway).statusCode();
                if (status != 200) {
                  bad.add(status);
                }
                return gateway.status().config().revision() > revision;
              });
          assertThat(get(gateway).body()).contains("\"endpoint\":\"" + endpoint.name() + "\"");
        }
        assertThat(bad).isEmpty();

        long revision = gateway.status().config().revision();
        write(file, yaml(first, "fast"));
        await().until(() -> gateway.status().config().lastReload().equals("rejected"));
        assertThat(gateway.status().config().revision()).isEqualTo(revision);
        assertThat(gateway.status().config().problems())
            .singleElement(InstanceOfAssertFactories.STRING)
            .contains("edge.yaml:4:", "limits.all.rate", "fast", "expected");
        assertThat(get(gateway).statusCode()).isEqualTo(200);

        write(file, yaml(first, "1/h"));
        await().until(() -> gateway.status().config().revision() > revision);
        assertThat(List.of(get(gateway).statusCode(), get(gateway).statusCode()))
            .containsExactly(200, 429);
      }
    }
  }
}
