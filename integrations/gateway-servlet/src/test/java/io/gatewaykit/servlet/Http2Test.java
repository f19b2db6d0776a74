// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyBudget;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Bodies over HTTP/2, where the stream frames them and its windows bound the bytes in flight. */
@Timeout(120)
class Http2Test {
  private static final int PIECE = 16_384;

  /** Notes how bodies arrive; rejects a held beginning that contains EVIL. */
  private static final class Noting implements Guard {
    private final int hold;
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong closed = new AtomicLong();

    Noting(int hold) {
      this.hold = hold;
    }

    @Override
    public String name() {
      return "noting";
    }

    @Override
    public Set<Stage> stages() {
      return EnumSet.of(Stage.HEAD, Stage.BODY);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      heads.add(request.method() + " " + request.rawTarget());
      return Verdict.allow();
    }

    @Override
    public BodyInspector inspectBody(GatewayRequest request) {
      return new BodyInspector() {
        private String start = "";

        @Override
        public int holdBytes() {
          return hold;
        }

        @Override
        public @Nullable Rejection onBytes(ByteBuffer chunk) {
          bytes.addAndGet(chunk.remaining());
          if (start.length() < 100) {
            start += StandardCharsets.ISO_8859_1.decode(chunk);
          }
          return null;
        }

        @Override
        public Verdict onHeld(boolean complete) {
          events.add("held " + bytes + " " + complete);
          return start.contains("EVIL")
              ? Verdict.reject(Rejection.builder(403, "body", "Forbidden").build())
              : Verdict.allow();
        }

        @Override
        public @Nullable Rejection onEnd() {
          events.add("end " + bytes);
          return null;
        }

        @Override
        public void close() {
          closed.incrementAndGet();
        }
      };
    }
  }

  private static TckServer start(
      Container container, Guard guard, BodyBudget budget, HttpServlet application)
      throws Exception {
    GatewayFilter filter =
        GatewayFilter.builder().guards(GuardChain.of(guard)).bodyBudget(budget).build();
    return container.start(
        context -> {
          FilterRegistration.Dynamic gateway = context.addFilter("gateway", filter);
          gateway.setAsyncSupported(true);
          gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
          ServletRegistration.Dynamic servlet = context.addServlet("application", application);
          servlet.setAsyncSupported(true);
          servlet.addMapping("/*");
          if (container == Container.JETTY) {
            WebSocketTest.addUpgrades(context);
            new JakartaWebSocketServletContainerInitializer()
                .onStartup(Set.of(WebSocketTest.Echo.class), context);
          }
        },
        true);
  }

  /** Answers with the parameter "a", the number of bytes it reads, and their checksum. */
  private static final class Summing extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient CountDownLatch released;
    private final transient AtomicLong read = new AtomicLong();

    Summing(int locks) {
      released = new CountDownLatch(locks);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      if (request.getRequestURI().equals("/first")) {
        return;
      }
      String parameter = request.getQueryString() == null ? "" : request.getParameter("a");
      await(released);
      ServletInputStream body = request.getInputStream();
      var sum = new CRC32();
      byte[] buffer = new byte[3_001];
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        sum.update(buffer, 0, n);
        read.addAndGet(n);
      }
      String answer = parameter + " " + read + " " + sum.getValue();
      response.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
    }

    private static void await(CountDownLatch latch) {
      try {
        if (!latch.await(60, TimeUnit.SECONDS)) {
          throw new IllegalStateException("not released");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static HttpClient client() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
  }

  /** Sends by an upgrade from HTTP/1.1, so that the next request is HTTP/2 from its first byte. */
  private static URI connected(HttpClient client, TckServer server) throws Exception {
    URI base = URI.create("http://127.0.0.1:" + server.port() + "/");
    HttpRequest first = HttpRequest.newBuilder(base.resolve("first")).build();
    assertThat(client.send(first, BodyHandlers.ofString()).version())
        .isEqualTo(HttpClient.Version.HTTP_2);
    return base;
  }

  @ParameterizedTest
  @EnumSource
  void requestsWithoutBody_areNotHeldForOne(Container container) throws Exception {
    var guard = new Noting(100);
    BodyBudget none = BodyBudget.of(1 << 20);
    assertThat(none.tryReserve(1 << 20)).isTrue();
    var application = new Summing(0);
    try (TckServer server = start(container, guard, none, application)) {
      HttpClient client = client();
      URI base = connected(client, server);
      guard.events.clear();
      HttpResponse<String> page =
          client.send(
              HttpRequest.newBuilder(base.resolve("p?a=%C3%A4")).build(), BodyHandlers.ofString());
      assertThat(page.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(page.body()).isEqualTo("\u00e4 0 0"); // not 503 for want of memory to hold bytes
      try (Http2Client raw = new Http2Client(server.port())) {
        raw.request(":method", "POST", ":scheme", "http", ":path", "/p", ":authority", "h");
        assertThat(raw.status()).isEqualTo(200);
      }
      assertThat(guard.events).isEmpty();
      assertThat(none.rejections()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void bodiesWithoutLength_areInspected(Container container) throws Exception {
    var guard = new Noting(100);
    try (TckServer server = start(container, guard, BodyBudget.of(1 << 20), new Summing(0))) {
      for (String method : List.of("GET", "POST", "DELETE")) {
        guard.events.clear();
        guard.bytes.set(0);
        try (Http2Client raw = new Http2Client(server.port())) {
          raw.head(":method", method, ":scheme", "http", ":path", "/p", ":authority", "h");
          raw.data("EV".getBytes(StandardCharsets.US_ASCII), false);
          raw.data("IL".getBytes(StandardCharsets.US_ASCII), true);
          assertThat(raw.status()).as(method).isEqualTo(403);
        }
        assertThat(guard.events).containsExactly("held 4 true");
      }
    }
  }

  /** More than the windows of stream and connection is held, so they must be opened meanwhile. */
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "UNDERTOW") // stalls, also without the filter
  void uploads_arriveThroughTheWindows(Container container) throws Exception {
    byte[] upload = new byte[3_000_000];
    for (int i = 0; i < upload.length; i++) {
      upload[i] = (byte) (i * 31 + i / 4099);
    }
    var sum = new CRC32();
    sum.update(upload);
    for (int hold : new int[] {0, 10_000, 500_000}) {
      var guard = new Noting(hold);
      BodyBudget budget = BodyBudget.of(4 << 20);
      var application = new Summing(0);
      try (TckServer server = start(container, guard, budget, application)) {
        HttpClient client = client();
        URI base = connected(client, server);
        for (BodyPublisherOf publisher :
            List.<BodyPublisherOf>of(
                () -> BodyPublishers.ofByteArray(upload),
                () -> BodyPublishers.ofByteArrays(() -> pieces(upload, new AtomicLong())))) {
          application.read.set(0);
          guard.bytes.set(0);
          HttpRequest request =
              HttpRequest.newBuilder(base.resolve("up?a=x")).POST(publisher.get()).build();
          HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
          assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
          assertThat(response.body())
              .as("%s, hold %d", container, hold)
              .isEqualTo("x " + upload.length + " " + sum.getValue());
          assertThat(guard.bytes.get()).isEqualTo(upload.length);
        }
        await().until(() -> budget.usedBytes() == 0);
      }
    }
  }

  private interface BodyPublisherOf {
    HttpRequest.BodyPublisher get();
  }

  private static Iterator<byte[]> pieces(byte[] bytes, AtomicLong sent) {
    return new Iterator<>() {
      private int at;

      @Override
      public boolean hasNext() {
        return at < bytes.length;
      }

      @Override
      public byte[] next() {
        byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + PIECE));
        at += piece.length;
        sent.addAndGet(piece.length);
        return piece;
      }
    };
  }

  /** Only the held beginning and the windows' bytes are taken from a client meanwhile. */
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "UNDERTOW") // stalls, also without the filter
  void applicationsThatDoNotRead_stopTheClient(Container container) throws Exception {
    int hold = 50_000;
    var guard = new Noting(hold);
    BodyBudget budget = BodyBudget.of(1 << 20);
    var application = new Summing(1);
    byte[] upload = new byte[8_000_000];
    var sent = new AtomicLong();
    try (TckServer server = start(container, guard, budget, application)) {
      HttpClient client = client();
      URI base = connected(client, server);
      guard.events.clear();
      guard.closed.set(0);
      HttpRequest request =
          HttpRequest.newBuilder(base.resolve("up?a=x"))
              .POST(BodyPublishers.ofByteArrays(() -> pieces(upload, sent)))
              .build();
      CompletableFuture<HttpResponse<String>> response =
          client.sendAsync(request, BodyHandlers.ofString());
      await().until(() -> !guard.events.isEmpty()); // the application has been called
      assertThat(guard.bytes.get()).isEqualTo(hold + 1);
      await().during(500, TimeUnit.MILLISECONDS).until(() -> guard.bytes.get() == hold + 1);
      assertThat(sent.get()).isLessThan(2_000_000);
      assertThat(budget.usedBytes()).isBetween((long) hold, hold + 1L);
      application.released.countDown();
      assertThat(response.get(60, TimeUnit.SECONDS).body()).startsWith("x " + upload.length);
      assertThat(guard.bytes.get()).isEqualTo(upload.length);
      await().until(() -> budget.usedBytes() == 0 && guard.closed.get() == 1);
    }
  }

  /** RFC 8441: the client sends nothing until the handshake is accepted. */
  @Test
  void webSocket_overHttp2_isAccepted() throws Exception {
    var guard = new Noting(100);
    try (TckServer server = start(Container.JETTY, guard, BodyBudget.of(1 << 20), new Summing(0));
        Http2Client client = new Http2Client(server.port())) {
      client.head(
          ":method", "CONNECT",
          ":protocol", "websocket",
          ":scheme", "http",
          ":path", "/ws",
          ":authority", "127.0.0.1",
          "sec-websocket-version", "13");
      assertThat(client.status()).isEqualTo(200);
      byte[] masked = {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, 'h', 'i'};
      client.data(masked, false);
      byte[] answer = client.bytes(9);
      assertThat(new String(answer, 2, 7, StandardCharsets.US_ASCII)).isEqualTo("echo hi");
      assertThat(guard.bytes.get()).isZero();
      assertThat(guard.heads).containsExactly("CONNECT /ws");
    }
  }

  /** CONNECT has no content (RFC 9110 9.3.6), so an application reads nothing uninspected. */
  @ParameterizedTest
  @EnumSource
  void bytesAfterConnect_areNoContent(Container container) throws Exception {
    var guard = new Noting(100);
    var application = new Summing(0);
    try (TckServer server = start(container, guard, BodyBudget.of(1 << 20), application);
        Http2Client client = new Http2Client(server.port())) {
      client.head(
          ":method", "CONNECT",
          ":protocol", "other",
          ":scheme", "http",
          ":path", "/p",
          ":authority", "127.0.0.1");
      int status = 0; // the server does not know the field :protocol and closes
      try {
        client.data("EVIL".getBytes(StandardCharsets.US_ASCII), true);
        status = client.status();
      } catch (IOException e) {
        assertThat(container).as(e.toString()).isNotEqualTo(Container.JETTY);
      }
      assertThat(status).isIn(0, 200, 400, 405, 501);
      assertThat(application.read.get()).isZero();
      if (container == Container.JETTY) {
        assertThat(status).isEqualTo(200);
      }
    }
  }
}
