// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyBudget;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletRegistration;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A body that guards inspect while the application reads it. */
@Timeout(120)
class StreamedBodyTest {
  private static final String EVIL = "EVIL";
  private static final Rejection FORBIDDEN = Rejection.builder(403, "body", "Forbidden").build();

  /** Rejects a body that contains {@link #EVIL}, wherever its chunks end, or that ends in "!". */
  private static final class Watcher implements Guard {
    private final int hold;
    private final List<String> ends = new CopyOnWriteArrayList<>();
    private final AtomicInteger closed = new AtomicInteger();

    Watcher(int hold) {
      this.hold = hold;
    }

    @Override
    public String name() {
      return "watcher";
    }

    @Override
    public Set<Stage> stages() {
      return EnumSet.of(Stage.HEAD, Stage.BODY, Stage.COMPLETION);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.allow();
    }

    @Override
    public BodyInspector inspectBody(GatewayRequest request) {
      return new BodyInspector() {
        private String tail = "";

        @Override
        public int holdBytes() {
          return hold;
        }

        @Override
        public @Nullable Rejection onBytes(ByteBuffer bytes) {
          String seen = tail + StandardCharsets.ISO_8859_1.decode(bytes);
          tail = seen.substring(Math.max(0, seen.length() - 3));
          return seen.contains(EVIL) ? FORBIDDEN : null;
        }

        @Override
        public Verdict onHeld(boolean complete) {
          Rejection end = complete ? onEnd() : null;
          return end == null ? Verdict.allow() : Verdict.reject(end);
        }

        @Override
        public @Nullable Rejection onEnd() {
          return tail.endsWith("!") ? FORBIDDEN : null;
        }

        @Override
        public void close() {
          closed.incrementAndGet();
        }
      };
    }

    @Override
    public void onComplete(GatewayRequest request, Completion completion) {
      ends.add(completion.kind() + " " + completion.status());
    }
  }

  private final GreedyServlet application = new GreedyServlet();

  private TckServer start(
      Container container, Guard guard, BodyBudget budget, RejectionHandler... handlers)
      throws Exception {
    GatewayFilter.Builder builder =
        GatewayFilter.builder().guards(GuardChain.of(guard)).bodyBudget(budget);
    if (handlers.length > 0) {
      builder.rejections(handlers[0]);
    }
    GatewayFilter filter = builder.build();
    return container.start(
        context -> {
          FilterRegistration.Dynamic gateway = context.addFilter("gateway", filter);
          gateway.setAsyncSupported(true);
          gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
          ServletRegistration.Dynamic servlet = context.addServlet("greedy", application);
          servlet.setAsyncSupported(true);
          servlet.setMultipartConfig(new MultipartConfigElement(""));
          servlet.addMapping("/*");
        },
        true);
  }

  private static BodyBudget budget() {
    return BodyBudget.of(1 << 20);
  }

  private static String typeFor(String way) {
    return switch (way) {
      case "parameter" -> "application/x-www-form-urlencoded";
      case "parts" -> "multipart/form-data; boundary=b";
      default -> "text/plain";
    };
  }

  private static String bodyFor(String way, String text) {
    return switch (way) {
      case "parameter" -> "a=" + text;
      case "parts" ->
          "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + text + "\r\n--b--\r\n";
      default -> text;
    };
  }

  private static String head(String way, String fields) {
    return "POST /%s HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\n%s\r\n"
        .formatted(way, typeFor(way), fields);
  }

  private static String sized(String way, String body) {
    return head(way, "Content-Length: " + body.length() + "\r\n") + body;
  }

  private static String chunked(String way, String body) {
    var message = new StringBuilder(head(way, "Transfer-Encoding: chunked\r\n"));
    for (int at = 0; at < body.length(); at += 3_001) {
      String chunk = body.substring(at, Math.min(body.length(), at + 3_001));
      message
          .append(Integer.toHexString(chunk.length()))
          .append("\r\n")
          .append(chunk)
          .append("\r\n");
    }
    return message.append("0\r\n\r\n").toString();
  }

  @ParameterizedTest
  @EnumSource
  void allowedBodies_arrive_inEveryWayOfReading(Container container) throws Exception {
    String text = "0123456789".repeat(2_500);
    for (int hold : new int[] {0, 10_000, 100_000}) {
      var guard = new Watcher(hold);
      BodyBudget budget = budget();
      try (TckServer server = start(container, guard, budget)) {
        for (String way : GreedyServlet.WAYS) {
          String body = bodyFor(way, text);
          for (String message : List.of(sized(way, body), chunked(way, body))) {
            try (RawClient client = new RawClient(server.port())) {
              RawResponse response = client.send(message).read();
              assertThat(response.status())
                  .as("%s, %s, hold %d", container, way, hold)
                  .isEqualTo(200);
              String read = way.equals("parameter") || way.equals("parts") ? text : body;
              assertThat(response.body())
                  .as(way)
                  .isEqualTo("read " + read.length() + " " + read.hashCode());
            }
          }
        }
        await().until(() -> guard.ends.size() == 2 * GreedyServlet.WAYS.size());
        assertThat(guard.ends).containsOnly("SERVED 200");
        await().until(() -> budget.usedBytes() == 0 && guard.closed.get() == guard.ends.size());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void rejectedChunks_neverReachTheApplication(Container container) throws Exception {
    String good = "0123456789".repeat(2_500);
    for (int hold : new int[] {0, 10_000}) {
      var guard = new Watcher(hold);
      BodyBudget budget = budget();
      try (TckServer server = start(container, guard, budget)) {
        int sent = 0;
        for (String way : GreedyServlet.WAYS) {
          String body = bodyFor(way, good + EVIL + good);
          for (String message : List.of(sized(way, body), chunked(way, body))) {
            String what = container + ", " + way + ", hold " + hold;
            application.reset();
            assertRejected(server, message, what);
            sent++;
            await().alias(what).until(() -> application.failure() != null);
            Throwable failure = requireNonNull(application.failure());
            assertThat(failure).as(what).isInstanceOf(BodyRejectedException.class);
            assertThat(((BodyRejectedException) failure).rejection()).isSameAs(FORBIDDEN);
            assertThat(application.read()).as(what).doesNotContain(EVIL);
          }
        }
        int all = sent;
        await().until(() -> guard.ends.size() == all);
        assertThat(guard.ends).containsOnly("REJECTED 403");
        await().until(() -> budget.usedBytes() == 0 && guard.closed.get() == all);
      }
    }
  }

  /** The client receives the rejection, and no byte after the body is parsed as a request. */
  private static void assertRejected(TckServer server, String message, String what)
      throws IOException {
    try (RawClient client = new RawClient(server.port())) {
      try {
        client.send(message + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
      } catch (IOException e) {
        // The server may close during the write. Its response is available.
      }
      client.silentAfter(10_000); // less than the asynchronous timeout of a container
      RawResponse response = client.read();
      assertThat(response.status()).as(what).isEqualTo(403);
      assertThat(response.body()).as(what).contains("\"status\":403").doesNotContain("partial");
      assertThat(response.header("Connection")).as(what).isEqualToIgnoringCase("close");
      assertThat(response.all("X-Application")).as(what).isEmpty();
      assertThat(client.isClosedByServer()).as(what).isTrue();
    }
  }

  /** An application that counts to Content-Length never reads the end. */
  @ParameterizedTest
  @EnumSource
  void rejectedEnds_reachNoApplication(Container container) throws Exception {
    var guard = new Watcher(10);
    try (TckServer server = start(container, guard, budget())) {
      for (String way : GreedyServlet.WAYS) {
        if (way.equals("parts")) {
          continue; // its parser does not read the bytes behind the last boundary
        }
        application.reset();
        String body = bodyFor(way, "0123456789".repeat(2_000) + "!");
        assertRejected(server, sized(way, body), container + ", " + way);
        await().until(() -> application.failure() != null);
        assertThat(application.read()).doesNotContain("!");
      }
    }
  }

  /** Holding back reads one byte more than is held, which may be the last. */
  @ParameterizedTest
  @EnumSource
  void rejectedEnd_immediatelyAfterTheHeldBytes_reachesNoApplication(Container container)
      throws Exception {
    try (TckServer server = start(container, new Watcher(10), budget())) {
      for (String way : List.of("stream", "exact", "async")) {
        application.reset();
        try (RawClient client = new RawClient(server.port())) {
          RawResponse response = client.send(sized(way, "0123456789!")).read();
          assertThat(response.status()).as("%s, %s", container, way).isEqualTo(403);
        }
        assertThat(application.read()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void applicationsThatIgnoreTheException_haveNoEffect(Container container) throws Exception {
    String body = "0123456789".repeat(2_500) + EVIL;
    for (RejectionHandler handler :
        List.of(RejectionHandler.sendingError(), RejectionHandler.throwing())) {
      try (TckServer server = start(container, new Watcher(10), budget(), handler)) {
        try (RawClient client = new RawClient(server.port())) {
          RawResponse response = client.send(sized("stream", body)).read();
          assertThat(response.status()).isEqualTo(403);
          assertThat(response.body()).doesNotContain("partial");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void http2_isInspectedToo(Container container) throws Exception {
    var guard = new Watcher(10);
    try (TckServer server = start(container, guard, budget())) {
      HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
      URI base = URI.create("http://127.0.0.1:" + server.port() + "/");
      client.send(HttpRequest.newBuilder(base.resolve("none")).build(), BodyHandlers.ofString());
      String good = "0123456789".repeat(2_500);
      for (String way : List.of("stream", "large", "single", "reader", "async")) {
        HttpResponse<String> served = post(client, base.resolve(way), good);
        assertThat(served.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(served.body()).isEqualTo("read " + good.length() + " " + good.hashCode());
        application.reset();
        try {
          assertThat(post(client, base.resolve(way), good + EVIL).statusCode()).isEqualTo(403);
        } catch (IOException e) {
          assertThat(container).isNotEqualTo(Container.JETTY); // others may reset an unread body
        }
        await().until(() -> application.failure() != null);
        assertThat(application.read()).doesNotContain(EVIL);
      }
    }
  }

  /** Of unknown length: HTTP/2 has no chunked framing that would announce a body. */
  private static HttpResponse<String> post(HttpClient client, URI uri, String body)
      throws Exception {
    var publisher =
        BodyPublishers.ofByteArrays(List.of(body.getBytes(StandardCharsets.ISO_8859_1)));
    return client.send(
        HttpRequest.newBuilder(uri).POST(publisher).build(), BodyHandlers.ofString());
  }

  @ParameterizedTest
  @EnumSource
  void heldBodies_haveABudget(Container container) throws Exception {
    BodyBudget budget = BodyBudget.of(1 << 20);
    try (TckServer server = start(container, new Watcher(700_000), budget)) {
      String most = "x".repeat(600_000);
      try (RawClient stalled = new RawClient(server.port())) {
        stalled.send(head("stream", "Content-Length: 650000\r\n") + most);
        await().until(() -> budget.usedBytes() > 600_000);
        try (RawClient client = new RawClient(server.port())) {
          try {
            client.send(sized("stream", most));
          } catch (IOException e) {
            // refused before all was sent
          }
          assertThat(client.read().status()).isEqualTo(503);
        }
        assertThat(budget.rejections()).isEqualTo(1);
      }
      await().until(() -> budget.usedBytes() == 0);
      try (RawClient client = new RawClient(server.port())) {
        assertThat(client.send(sized("stream", most)).read().status()).isEqualTo(200);
      }
    }
  }
}
