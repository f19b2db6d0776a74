// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package consumer.upstreams;

import com.sun.net.httpserver.HttpServer;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import io.gatewaykit.healthcheck.HealthChecker;
import io.gatewaykit.healthcheck.Probe;
import io.gatewaykit.healthcheck.ProbeEngine;
import io.gatewaykit.healthcheck.ProbeSchedule;
import io.gatewaykit.healthcheck.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

/** The JDK's HTTP client with failover between two lines, the first of which fails. */
public final class Main {
  private final HttpClient client = HttpClient.newHttpClient();

  private String get(URI base) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(base.resolve("/name")).timeout(Duration.ofSeconds(2)).build();
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    if (response.statusCode() >= 500) {
      throw new IOException("status " + response.statusCode());
    }
    return response.body();
  }

  public static void main(String[] args) throws Exception {
    HttpServer near = serve("near");
    HttpServer far = serve("far");
    var main = new Main();
    try (var engine = ProbeEngine.builder().build();
        var checker =
            HealthChecker.builder("backend")
                .engine(engine)
                .probe(Probe.http("/name"))
                .schedule(
                    ProbeSchedule.builder()
                        .interval(Duration.ofMillis(200))
                        .timeout(Duration.ofMillis(100))
                        .build())
                .build();
        FailoverGroup<URI> group =
            FailoverGroup.<URI>builder("backend")
                .line(Line.of("near", 0, Endpoint.of("near-1", uri(near))))
                .line(Line.of("far", 1, Endpoint.of("far-1", uri(far))))
                .health(checker)
                .report(checker)
                .build()) {
      checker.setTargets(
          List.of(new Target("near-1", near.getAddress()), new Target("far-1", far.getAddress())));
      expect("near", group.execute(true, lease -> main.get(lease.payload())));
      near.stop(0);
      for (int i = 0; i < 20; i++) {
        expect("far", group.execute(true, lease -> main.get(lease.payload())));
      }
      System.out.println("upstreams: ok");
    } finally {
      far.stop(0);
    }
  }

  private static HttpServer serve(String name) throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.createContext(
        "/name",
        exchange -> {
          byte[] body = name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static URI uri(HttpServer server) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private static void expect(String expected, String actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError(actual + " (expected: " + expected + ")");
    }
  }
}
