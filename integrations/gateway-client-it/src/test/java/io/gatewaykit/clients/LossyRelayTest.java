// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.Explanation;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two paths to one server over real sockets: 140 ms with loss, 150 ms without. */
@Timeout(120)
class LossyRelayTest {
  private static final int CALLERS = 12;

  /** The attempts of thirty seconds: each caller makes one every 140 ms. */
  private static final int MAX_ATTEMPTS = CALLERS * 30_000 / 140;

  /** The attempts after the traffic has moved that are judged. */
  private static final int JUDGED = 1000;

  @ParameterizedTest
  @ValueSource(ints = {0, 250})
  void tenPercentLost_relayGetsTheTrafficWithinTheAttemptsOfThirtySeconds(int stallMillis)
      throws Exception {
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
      var attempts = new AtomicInteger();
      var convergedAt = new AtomicInteger(Integer.MAX_VALUE);
      var byRelay = new AtomicInteger();
      var stop = new AtomicBoolean();
      for (int caller = 0; caller < CALLERS; caller++) {
        threads.execute(() -> {
          while (!stop.get()) {
            try {
              group.execute(
                  false,
                  lease -> {
                    int number = attempts.incrementAndGet();
                    int first = convergedAt.get();
                    if (number > first
                        && number <= first + JUDGED
                        && lease.line().equals("relay")) {
                      byRelay.incrementAndGet();
                    }
                    return send(client, lease);
                  });
            } catch (Exception lost) {
              // the next attempt follows
            }
          }
        });
      }
      // Judged by counts, since a loaded machine makes fewer attempts in the same time.
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> relayShare(group) == 1 || attempts.get() > MAX_ATTEMPTS);
      assertThat(relayShare(group)).as("%s", group.explain(new SelectContext())).isEqualTo(1);
      convergedAt.set(attempts.get() + CALLERS); // attempts that were selected before
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> attempts.get() > convergedAt.get() + JUDGED);
      stop.set(true);
      assertThat(byRelay.get())
          .as("%s", group.explain(new SelectContext()))
          .isGreaterThan(JUDGED * 99 / 100);
    } finally {
      server.stop(0);
      threads.shutdownNow();
    }
  }

  /** Sends a POST, which the client itself does not retry. */
  private static int send(HttpClient client, Lease<URI> lease) throws Exception {
    var request =
        HttpRequest.newBuilder(lease.payload())
            .POST(HttpRequest.BodyPublishers.ofString("x"))
            .timeout(lease.timeout())
            .build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private static double relayShare(FailoverGroup<URI> group) {
    return group.explain(new SelectContext()).lines().stream()
        .filter(reason -> reason.line().equals("relay"))
        .mapToDouble(Explanation.Reason::share)
        .sum();
  }

  private static URI uri(DelayRelay relay) {
    return URI.create("http://127.0.0.1:" + relay.port() + "/");
  }
}
