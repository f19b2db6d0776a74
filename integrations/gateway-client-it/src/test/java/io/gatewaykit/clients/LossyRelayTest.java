// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.SelectContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two paths to one server over real sockets: 140 ms with loss, 150 ms without. */
@Timeout(120)
class LossyRelayTest {
  private static final int CALLERS = 12;

  @ParameterizedTest
  @ValueSource(ints = {0, 250})
  void tenPercentLost_relayGetsTheTrafficWithinThirtySeconds(int stallMillis) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    try (var direct = new DelayRelay(server.getAddress(), 140, 0.1, stallMillis);
        var relay = new DelayRelay(server.getAddress(), 150, 0, 0);
        FailoverGroup<URI> group =
            FailoverGroup.<URI>builder("chat")
                .line(Line.of("direct", 0, Endpoint.of("d", uri(direct))))
                .line(Line.of("relay", 1, Endpoint.of("r", uri(relay))))
                .build()) {
      HttpClient client = HttpClient.newHttpClient();
      var all = new AtomicInteger();
      var byRelay = new AtomicInteger();
      long start = System.nanoTime();
      long counted = Duration.ofSeconds(30).toNanos();
      long end = Duration.ofSeconds(42).toNanos();
      for (int caller = 0; caller < CALLERS; caller++) {
        threads.execute(() -> {
          while (System.nanoTime() - start < end) {
            boolean counts = System.nanoTime() - start > counted;
            try {
              group.execute(
                  false,
                  lease -> {
                    if (counts) {
                      all.incrementAndGet();
                      byRelay.addAndGet(lease.line().equals("relay") ? 1 : 0);
                    }
                    var request =
                        HttpRequest.newBuilder(lease.payload())
                            .POST(
                                HttpRequest.BodyPublishers.ofString(
                                    "x")) // not retried by the client itself
                            .timeout(lease.timeout())
                            .build();
                    return client
                        .send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode();
                  });
            } catch (Exception lost) {
              // the next attempt follows
            }
          }
        });
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> System.nanoTime() - start > end);
      assertThat(all.get()).isGreaterThan(100);
      assertThat((double) byRelay.get() / all.get())
          .as("%s", group.explain(new SelectContext()))
          .isGreaterThan(0.99);
    } finally {
      server.stop(0);
      threads.shutdownNow();
    }
  }

  private static URI uri(DelayRelay relay) {
    return URI.create("http://127.0.0.1:" + relay.port() + "/");
  }
}
