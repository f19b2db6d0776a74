// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.edge.soak;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Two hostile clients. One uses a new address for each request, to fill the limiter's table; the
 * other sends malformed and malicious bodies.
 */
final class Attackers implements AutoCloseable {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final List<Body> BODIES =
      List.of(
          new Body("application/json", "{\"a\":[[[[[[[[[[1,2"),
          new Body("application/json", "[".repeat(5_000)),
          new Body("application/json", "{\"q\":\"' or 1=1 -- \"}"),
          new Body("application/x-www-form-urlencoded", "q=eval(%24_POST%5B1%5D)&%zz=%u00"),
          new Body("application/x-www-form-urlencoded", "a=1&".repeat(4_000)),
          new Body("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data\r\n"),
          new Body("multipart/form-data", "no boundary at all"),
          new Body(
              "text/xml", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"),
          new Body("application/octet-stream", "\u0000\u0001\u0002".repeat(2_000)));

  private record Body(String type, String text) {}

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final ExecutorService threads = Executors.newFixedThreadPool(2);
  private final AtomicLong floods = new AtomicLong();
  private final AtomicLong bodies = new AtomicLong();
  private final AtomicLong refusedBodies = new AtomicLong();
  private volatile boolean stopped;

  Attackers(int port, long seed) {
    threads.execute(() -> repeat(new Random(seed), random -> flood(port, random)));
    threads.execute(() -> repeat(new Random(seed + 1), random -> sendBody(port, random)));
  }

  private interface Attack {
    void once(Random random) throws IOException, InterruptedException;
  }

  private void repeat(Random random, Attack attack) {
    while (!stopped) {
      try {
        attack.once(random);
      } catch (IOException e) {
        // The gateway can close the connection.
      } catch (InterruptedException e) {
        return;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private void flood(int port, Random random) throws IOException, InterruptedException {
    String address =
        "10." + random.nextInt(256) + "." + random.nextInt(256) + "." + random.nextInt(256);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/chat/hi"))
            .header("X-Forwarded-For", address)
            .timeout(Duration.ofSeconds(10))
            .build();
    client.send(request, BodyHandlers.discarding());
    floods.incrementAndGet();
  }

  private void sendBody(int port, Random random) throws IOException, InterruptedException {
    Body body = BODIES.get(random.nextInt(BODIES.size()));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/form"))
            .header("Content-Type", body.type)
            .timeout(Duration.ofSeconds(10))
            .POST(BodyPublishers.ofString(body.text, StandardCharsets.UTF_8))
            .build();
    int status = client.send(request, BodyHandlers.discarding()).statusCode();
    bodies.incrementAndGet();
    if (status == 403 || status == 400) {
      refusedBodies.incrementAndGet();
    }
  }

  long floods() {
    return floods.get();
  }

  long bodies() {
    return bodies.get();
  }

  long refusedBodies() {
    return refusedBodies.get();
  }

  @Override
  public void close() {
    stopped = true;
    threads.shutdownNow();
  }
}
