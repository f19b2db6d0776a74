// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.edge.admin.GatewayStatus;
import io.gatewaykit.edge.demo.SimulatedLines;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demonstration as seen by a user: real clients, real sockets, failing lines. */
@Timeout(120)
class EdgeGatewayTest {
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private EdgeGateway gateway;

  @BeforeEach
  void start() throws Exception {
    SimulatedLines lines = SimulatedLines.start();
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    gateway = EdgeGateway.startDemo(DemoConfig.of(lines).withAddresses(anyPort, anyPort), lines, 2);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + gateway.address().getPort() + path);
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private String admin(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + gateway.adminAddress().getPort() + path);
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
  }

  private void line(String name, String action) throws Exception {
    URI uri =
        URI.create(
            "http://127.0.0.1:"
                + gateway.adminAddress().getPort()
                + "/lines/"
                + name
                + "/"
                + action);
    HttpRequest post = HttpRequest.newBuilder(uri).POST(BodyPublishers.noBody()).build();
    assertThat(client.send(post, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
  }

  @Test
  void normalCall_isServedByTheBestLine() throws Exception {
    HttpResponse<String> response = get("/hello");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("\"line\":\"dedicated-hk\"", "\"target\":\"/hello\"");
  }

  @Test
  void attack_isRejectedWithAnIncidentAndNoRule() throws Exception {
    HttpResponse<String> response = get("/?q=eval(%24_POST%5B1%5D)");
    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    GatewayStatus.Waf waf = gateway.status().waf();
    assertThat(waf.blocked()).isEqualTo(1);
    String incident = waf.incidents().get(0).id();
    assertThat(incident).isNotBlank();
    assertThat(response.body()).contains(incident).doesNotContain("php");
    assertThat(waf.incidents().get(0).rules()).isNotEmpty();
  }

  @Test
  void attackInBody_isRejectedBeforeItReachesTheServer() throws Exception {
    HttpRequest post =
        HttpRequest.newBuilder(uri("/form"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString("a=1&q=eval(%24_POST%5B1%5D)"))
            .build();
    assertThat(client.send(post, BodyHandlers.ofString()).statusCode()).isEqualTo(403);
    assertThat(gateway.status().lines().get(0).endpoints()).allMatch(e -> e.picks() == 0);
  }

  @Test
  void chatLoop_isLimited_andRetryAfterSuffices() throws Exception {
    HttpResponse<String> refused = null;
    for (int i = 0; i < 40 && refused == null; i++) {
      HttpResponse<String> response =
          get("/chat/hi", "X-Forwarded-For", "198.51.100." + i); // forged: must have no effect
      refused = response.statusCode() == 429 ? response : null;
    }
    long wait =
        Long.parseLong(
            requireNonNull(refused, "never refused")
                .headers()
                .firstValue("Retry-After")
                .orElseThrow());
    assertThat(wait).isBetween(1L, 2L);
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(wait);
    await()
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(5))
        .until(() -> System.nanoTime() >= until);
    assertThat(get("/chat/hi").statusCode()).isEqualTo(200);
    assertThat(get("/elsewhere").statusCode()).isEqualTo(200);
  }

  @Test
  void linesThatFail_loseNoIdempotentRequest() throws Exception {
    var load = new SteadyLoad(client, uri("/load"), 8);
    try (load) {
      await().until(() -> load.done() > 100);
      for (String action : List.of("kill", "slow", "freeze", "errors")) {
        long before = gateway.status().lines().get(1).endpoints().get(0).picks();
        line("dedicated-hk", action);
        await().until(() -> gateway.status().lines().get(1).endpoints().get(0).picks() > before);
        await().until(() -> gateway.status().lines().get(1).active());
        line("dedicated-hk", "recover");
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> gateway.status().lines().get(0).active());
      }
    }
    assertThat(load.failures()).isEmpty();
    GatewayStatus status = gateway.status();
    assertThat(status.traffic().failed()).isZero();
    assertThat(status.switches())
        .extracting(GatewayStatus.Switch::what)
        .contains("dedicated-hk → via-de", "via-de → dedicated-hk", "dedicated-hk: slow");
    assertThat(admin("/status?format=text"))
        .contains("dedicated-hk → via-de", "rejected: 0 connections");
  }

  @Test
  void webSocket_echoesThroughTheGateway_andLeavesADrainedLine() throws Exception {
    var socket = new EchoSocket(client, gateway.address().getPort());
    assertThat(socket.echo("你好, hello")).isEqualTo("你好, hello");
    assertThat(gateway.status().lines().get(0).endpoints()).anyMatch(e -> e.inFlight() == 1);
    line("dedicated-hk", "drain");
    socket.closed.orTimeout(10, TimeUnit.SECONDS).join();
    await()
        .until(() ->
            gateway.status().switches().stream().anyMatch(s -> s.cause().equals("0 tunnels left")));
    assertThat(get("/").body()).contains("\"line\":\"via-de\"");
    assertThat(gateway.status().lines().get(0).endpoints())
        .allMatch(e -> e.state().equals("draining") && e.inFlight() == 0);
    line("dedicated-hk", "undrain");
    await().until(() -> get("/").body().contains("\"line\":\"dedicated-hk\""));
  }

  /** A WebSocket client of the echo server behind the gateway. */
  private static final class EchoSocket implements WebSocket.Listener {
    final CompletableFuture<?> closed = new CompletableFuture<>();
    private final CompletableFuture<String> echoed = new CompletableFuture<>();
    private final WebSocket socket;

    EchoSocket(HttpClient client, int port) {
      URI uri = URI.create("ws://127.0.0.1:" + port + "/ws");
      socket = client.newWebSocketBuilder().buildAsync(uri, this).join();
    }

    String echo(String text) {
      socket.sendText(text, true).join();
      return echoed.orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
      echoed.complete(text.toString());
      from.request(1);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      closed.complete(null); // the connection was closed without a close frame
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
      closed.complete(null);
      return null;
    }
  }

  @Test
  void hugeUpload_isStreamed() throws Exception {
    long size = 200L << 20;
    HttpRequest post =
        HttpRequest.newBuilder(uri("/upload"))
            .header("Content-Type", "application/octet-stream")
            .POST(BodyPublishers.ofInputStream(() -> new Zeros(size)))
            .build();
    long before = usedHeap();
    HttpResponse<String> response = client.send(post, BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("\"received\":" + size);
    assertThat(usedHeap() - before).isLessThan(64L << 20);
  }

  @Test
  void hugeDownload_isStreamed() throws Exception {
    long size = 200L << 20;
    long before = usedHeap();
    HttpResponse<InputStream> response =
        client.send(
            HttpRequest.newBuilder(uri("/bytes/" + size)).build(), BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    try (InputStream body = response.body()) {
      assertThat(body.transferTo(OutputStream.nullOutputStream())).isEqualTo(size);
    }
    assertThat(usedHeap() - before).isLessThan(64L << 20);
  }

  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** Returns the requested number of zero bytes. */
  private static final class Zeros extends InputStream {
    private long left;

    Zeros(long count) {
      left = count;
    }

    @Override
    public int read() {
      return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      if (left <= 0) {
        return -1;
      }
      int count = (int) Math.min(length, left);
      Arrays.fill(into, offset, offset + count, (byte) 0);
      left -= count;
      return count;
    }
  }

  /** Clients that request the same page continuously and record every response other than 200. */
  private static final class SteadyLoad implements AutoCloseable {
    private final AtomicInteger done = new AtomicInteger();
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    SteadyLoad(HttpClient client, URI uri, int clients) {
      for (int i = 0; i < clients; i++) {
        var thread = new Thread(() -> run(client, uri), "load-" + i);
        thread.start();
        threads.add(thread);
      }
    }

    private void run(HttpClient client, URI uri) {
      HttpRequest request = HttpRequest.newBuilder(uri).build();
      while (!stopped) {
        try {
          int status = client.send(request, BodyHandlers.discarding()).statusCode();
          if (status != 200) {
            failures.add("status " + status);
          }
          done.incrementAndGet();
        } catch (IOException e) {
          failures.add(e.toString());
        } catch (InterruptedException e) {
          return;
        }
      }
    }

    int done() {
      return done.get();
    }

    List<String> failures() {
      return failures;
    }

    @Override
    public void close() {
      stopped = true;
      await().until(() -> threads.stream().noneMatch(Thread::isAlive));
    }
  }
}
