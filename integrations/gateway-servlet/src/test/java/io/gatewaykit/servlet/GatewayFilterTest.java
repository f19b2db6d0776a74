package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The filter in a real Jetty. */
@Timeout(60)
class GatewayFilterTest {
  private static final int THREADS = 4;
  private static final Rejection NO =
      Rejection.builder(429, "rate_limited", "Too Many Requests")
          .retryAfter(Duration.ofSeconds(2))
          .build();

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** Does what the path says, with what was read as its answer. */
  private static final class Application extends HttpServlet {
    private static final long serialVersionUID = 1;
    final AtomicInteger calls = new AtomicInteger();

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws ServletException, IOException {
      calls.incrementAndGet();
      switch (request.getPathInfo()) {
        case "/stream" -> response.getOutputStream().write(request.getInputStream().readAllBytes());
        case "/reader" ->
            response
                .getWriter()
                .write(request.getReader().lines().collect(Collectors.joining("|")));
        case "/parameters" -> {
          var line = new StringBuilder();
          request
              .getParameterMap()
              .forEach((name, values) -> line.append(name).append(Arrays.toString(values)));
          response.setCharacterEncoding("UTF-8");
          response.getWriter().write(line.toString());
        }
        case "/forward" -> request.getRequestDispatcher("/stream").forward(request, response);
        case "/error" -> response.sendError(404);
        case "/throw" -> throw new ServletException("the application's own");
        case "/async" -> {
          AsyncContext context = request.startAsync();
          request.getInputStream().setReadListener(new Echo(context, request.getInputStream()));
        }
        case "/timeout" -> request.startAsync().setTimeout(50);
        default -> response.getWriter().write("hello");
      }
    }
  }

  private record Echo(AsyncContext context, ServletInputStream in, ByteArrayOutputStream bytes)
      implements ReadListener {
    Echo(AsyncContext context, ServletInputStream in) {
      this(context, in, new ByteArrayOutputStream());
    }

    @Override
    public void onDataAvailable() throws IOException {
      byte[] buffer = new byte[7];
      while (in.isReady() && !in.isFinished()) {
        int count = in.read(buffer);
        if (count > 0) {
          bytes.write(buffer, 0, count);
        }
      }
    }

    @Override
    public void onAllDataRead() throws IOException {
      context.getResponse().getOutputStream().write(bytes.toByteArray());
      context.complete();
    }

    @Override
    public void onError(Throwable failure) {
      context.complete();
    }
  }

  private final Application application = new Application();

  private HttpResponse<String> call(RecordingGuard guard, HttpRequest.Builder request, String path)
      throws Exception {
    try (var filter = GatewayFilter.of(GuardChain.of(guard));
        var server = new JettyServer(filter, application, THREADS)) {
      HttpResponse<String> response =
          client.send(request.uri(server.uri(path)).build(), BodyHandlers.ofString());
      await().until(() -> guard.seen.stream().anyMatch(s -> s.matches("[A-Z]+ [0-9]+")));
      return response;
    }
  }

  private static HttpRequest.Builder post(String type, String body) {
    return HttpRequest.newBuilder()
        .header("Content-Type", type)
        .POST(BodyPublishers.ofString(body));
  }

  @Test
  void allowed_isServedAndCompletedOnce() throws Exception {
    var guard = RecordingGuard.answering(Verdict.allow());
    HttpResponse<String> response = call(guard, HttpRequest.newBuilder(), "/a/../c%20d?q=%27");
    assertThat(response.body()).isEqualTo("hello");
    assertThat(response.headers().firstValue("X-Guarded")).contains("yes");
    assertThat(guard.seen)
        .containsExactly("head GET /a/../c%20d?q=%27", "response 200", "SERVED 200");
  }

  @Test
  void rejected_neverReachesTheApplication() throws Exception {
    var guard = RecordingGuard.answering(Verdict.reject(NO));
    HttpResponse<String> response = call(guard, post("text/plain", "body"), "/stream");
    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(response.headers().firstValue("Retry-After")).contains("2");
    assertThat(application.calls).hasValue(0);
    assertThat(guard.seen).containsExactly("head POST /stream", "REJECTED 429");
  }

  @Test
  void rejectedHead_hasNoBody() throws Exception {
    var guard = RecordingGuard.answering(Verdict.reject(NO));
    var head = HttpRequest.newBuilder().method("HEAD", BodyPublishers.noBody());
    HttpResponse<String> response = call(guard, head, "/");
    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(response.body()).isEmpty();
  }

  @Test
  void delayedRequests_holdNoThread() throws Exception {
    var guard = RecordingGuard.answering(Verdict.delayNanos(Duration.ofMillis(300).toNanos()));
    try (var filter = GatewayFilter.of(GuardChain.of(guard));
        var server = new JettyServer(filter, application, THREADS)) {
      var answers = new CompletableFuture<?>[40]; // far more than there are threads
      long start = System.nanoTime();
      for (int i = 0; i < answers.length; i++) {
        HttpRequest request = HttpRequest.newBuilder(server.uri("/" + i)).build();
        answers[i] =
            client
                .sendAsync(request, BodyHandlers.ofString())
                .thenAccept(response -> assertThat(response.body()).isEqualTo("hello"));
      }
      CompletableFuture.allOf(answers).join();
      assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofMillis(300).toNanos());
      await().until(() -> guard.seen.stream().filter("SERVED 200"::equals).count() == 40);
      assertThat(guard.seen).filteredOn(s -> s.startsWith("head")).hasSize(40);
      assertThat(application.calls).hasValue(40);
    }
  }

  @Test
  void pending_goesOnWhenDecided() throws Exception {
    var decision = new CompletableFuture<Verdict>();
    var guard = RecordingGuard.answering(Verdict.pending(decision));
    CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS)
        .execute(() -> decision.complete(Verdict.reject(NO)));
    assertThat(call(guard, HttpRequest.newBuilder(), "/").statusCode()).isEqualTo(429);
    assertThat(application.calls).hasValue(0);
  }

  @Test
  void body_isShownOnceAndReplayed() throws Exception {
    String body = "first\nsecond";
    for (int wanted : new int[] {1, 5, 12, 100}) {
      for (String path : new String[] {"/stream", "/reader", "/async", "/forward"}) {
        var guard = RecordingGuard.reading(wanted, text -> Verdict.allow());
        HttpResponse<String> response = call(guard, post("text/plain", body), path);
        assertThat(response.body())
            .as(path + " " + wanted)
            .isEqualTo(path.equals("/reader") ? "first|second" : body);
        String shown = wanted < body.length() ? body.substring(0, wanted) + "..." : body;
        assertThat(guard.seen)
            .containsExactly("head POST " + path, "body " + shown, "response 200", "SERVED 200");
      }
    }
  }

  @Test
  void form_parametersOfQueryAndBodyAreThere() throws Exception {
    var guard = RecordingGuard.reading(8, text -> Verdict.allow());
    HttpRequest.Builder form =
        post("application/x-www-form-urlencoded", "a=2&b=x+y&c=%E4%BD%A0&d&=e&bad=%zz");
    assertThat(call(guard, form, "/parameters?a=1").body())
        .isEqualTo("a[1, 2]b[x y]c[你]d[][e]bad[%zz]");
  }

  @Test
  void badBody_isRefusedBeforeTheApplication() throws Exception {
    var guard =
        RecordingGuard.reading(
            100, text -> text.contains("eval") ? Verdict.reject(NO) : Verdict.allow());
    assertThat(call(guard, post("text/plain", "eval(1)"), "/stream").statusCode()).isEqualTo(429);
    assertThat(application.calls).hasValue(0);
  }

  @Test
  void multipart_isLeftToTheContainerUnlessAskedFor() throws Exception {
    String parts = "--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nv\r\n--b--\r\n";
    var guard = RecordingGuard.reading(1000, text -> Verdict.allow());
    call(guard, post("multipart/form-data; boundary=b", parts), "/stream");
    assertThat(guard.seen).noneMatch(s -> s.startsWith("body"));
    var reading = RecordingGuard.reading(1000, text -> Verdict.allow());
    try (var filter =
            GatewayFilter.builder()
                .guards(request -> GuardChain.of(reading))
                .readMultipart(true)
                .build();
        var server = new JettyServer(filter, application, THREADS)) {
      HttpRequest request =
          post("multipart/form-data; boundary=b", parts).uri(server.uri("/stream")).build();
      assertThat(client.send(request, BodyHandlers.ofString()).body()).isEqualTo(parts);
    }
    assertThat(reading.seen).contains("body " + parts);
  }

  @Test
  void everyEnd_isCompletedExactlyOnce() throws Exception {
    assertEnd("/error", "SERVED 404", 404);
    assertEnd("/async", "SERVED 200", 200);
    assertEnd("/forward", "SERVED 200", 200);
    assertEnd("/throw", "FAILED 500", 500);
    assertEnd("/timeout", "FAILED 500", 500);
  }

  private void assertEnd(String path, String end, int status) throws Exception {
    var guard = RecordingGuard.answering(Verdict.allow());
    assertThat(call(guard, post("text/plain", "x"), path).statusCode()).isEqualTo(status);
    assertThat(guard.seen).as(path).filteredOn(s -> s.startsWith("head")).hasSize(1);
    assertThat(guard.seen).as(path).filteredOn(s -> s.matches("[A-Z]+ .*")).hasSize(1);
    assertThat(guard.seen).as(path).last().isEqualTo(end);
  }

  @Test
  void peer_isReadFromLiteralsOnly() throws Exception {
    assertThat(ServletView.peer("[0:0:0:0:0:0:0:1]").getHostAddress()).isEqualTo("0:0:0:0:0:0:0:1");
    assertThat(ServletView.peer("fe80::1%eth0").getHostAddress()).startsWith("fe80:");
    assertThat(ServletView.peer("192.0.2.7").getHostAddress()).isEqualTo("192.0.2.7");
    assertThat(ServletView.peer("unix:/run/app.sock").getHostAddress()).isEqualTo("0.0.0.0");
    assertThat(ServletView.peer(null).getHostAddress()).isEqualTo("0.0.0.0");
  }

  @Test
  void closedFilter_letsParkedRequestsGoOn() throws Exception {
    var guard = RecordingGuard.answering(Verdict.delayNanos(Duration.ofMillis(200).toNanos()));
    var filter = GatewayFilter.of(GuardChain.of(guard));
    try (var server = new JettyServer(filter, application, THREADS)) {
      HttpRequest request = HttpRequest.newBuilder(server.uri("/")).build();
      var parked = client.sendAsync(request, BodyHandlers.ofString());
      await().until(() -> !guard.seen.isEmpty());
      filter.close();
      assertThat(parked.get(10, TimeUnit.SECONDS).body()).isEqualTo("hello");
      assertThat(client.send(request, BodyHandlers.ofString()).body()).isEqualTo("hello");
    }
  }
}
