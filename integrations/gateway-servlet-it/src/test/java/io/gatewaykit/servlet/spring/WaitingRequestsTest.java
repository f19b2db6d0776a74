// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.ratelimit.RequestKey;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.servlet.WaitStats;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.ConfigurableApplicationContext;

/** For Spring and Spring Security, a request that waited for its guards is like any other. */
@Timeout(120)
class WaitingRequestsTest {
  private static final String LOGIN = "Basic dTpw"; // u:p
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final String NO_WAIT = "none";

  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void allowOrigin() {
    System.setProperty("jdk.httpclient.allowRestrictedHeaders", "origin");
  }

  private record Call(String method, String path, String body, List<String> fields) {
    static Call of(String method, String path, String... fields) {
      return new Call(method, path, "", List.of(fields));
    }

    Call with(String... more) {
      var all = new ArrayList<>(fields);
      all.addAll(List.of(more));
      return new Call(method, path, body, all);
    }
  }

  private static Map<String, Call> calls(String token, String cookie) {
    var calls = new LinkedHashMap<String, Call>();
    var post = new Call("POST", "/form", "a=%E4%BD%A0&b=2", List.of("Content-Type", FORM));
    calls.put("post without token", post);
    calls.put("post without token, with login", post.with("Authorization", LOGIN));
    calls.put("post with a wrong token", post.with("X-CSRF-TOKEN", "x", "Cookie", cookie));
    calls.put("post with token", post.with("X-CSRF-TOKEN", token, "Cookie", cookie));
    calls.put(
        "post with token in the body",
        new Call(
            "POST",
            "/form",
            "_csrf=" + token + "&a=%E4%BD%A0",
            List.of("Content-Type", FORM, "Cookie", cookie)));
    calls.put(
        "upload",
        new Call(
                "POST",
                "/upload",
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nhi\r\n--b--\r\n",
                List.of("Content-Type", "multipart/form-data; boundary=b", "X-CSRF-TOKEN", token))
            .with("Cookie", cookie));
    calls.put("secret without login", Call.of("GET", "/secret"));
    calls.put("secret with login", Call.of("GET", "/secret", "Authorization", LOGIN));
    calls.put("secret with a bad login", Call.of("GET", "/secret", "Authorization", "Basic dTp4"));
    calls.put("tenant refused", Call.of("GET", "/hello", "X-Tenant", "evil"));
    calls.put("partner refused", Call.of("GET", "/hello", "X-Partner", "evil"));
    calls.put("page", Call.of("GET", "/hello"));
    calls.put("page that is missing", Call.of("GET", "/none"));
    calls.put("handler that fails", Call.of("GET", "/fails"));
    calls.put("asynchronous handler", Call.of("GET", "/later"));
    calls.put("firewall of Spring Security", Call.of("GET", "/hello;x=1"));
    calls.put("CORS, allowed", Call.of("GET", "/hello", "Origin", SecuredApplication.ORIGIN));
    calls.put("CORS, other origin", Call.of("GET", "/hello", "Origin", "https://evil.example"));
    calls.put(
        "CORS, preflight",
        Call.of("OPTIONS", "/form", "Origin", SecuredApplication.ORIGIN)
            .with("Access-Control-Request-Method", "PUT"));
    return calls;
  }

  private HttpResponse<String> send(int port, Call call, String wait) throws Exception {
    var body =
        call.body().isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(call.body());
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + call.path()))
            .method(call.method(), body)
            .header(WaitingGuard.FIELD, wait);
    if (!call.fields().isEmpty()) {
      request.headers(call.fields().toArray(String[]::new));
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  /** Returns the response as a client sees it, without times, identifiers and connection fields. */
  private static String seen(HttpResponse<String> response) {
    var fields = new TreeMap<String, List<String>>(response.headers().map());
    List.of("date", "set-cookie", "connection", "keep-alive", "content-length", "transfer-encoding")
        .forEach(fields::remove);
    String body = response.body().replaceAll("\"timestamp\":\"[^\"]*\"", "");
    return response.statusCode() + " " + fields + " " + body;
  }

  private void assertWaitsMakeNoDifference(
      ConfigurableApplicationContext context, List<String> waits) throws Exception {
    int port = SpringServer.port(context);
    Handlers handlers = context.getBean(Handlers.class);
    HttpResponse<String> page = send(port, Call.of("GET", "/token"), NO_WAIT);
    String cookie = page.headers().firstValue("set-cookie").orElseThrow().replaceAll(";.*", "");
    var softly = new SoftAssertions();
    for (Map.Entry<String, Call> each : calls(page.body(), cookie).entrySet()) {
      int before = handlers.calls.get();
      String direct = seen(send(port, each.getValue(), NO_WAIT));
      int called = handlers.calls.get() - before;
      for (String wait : waits) {
        String what = each.getKey() + ", " + wait;
        before = handlers.calls.get();
        String waited = seen(send(port, each.getValue(), wait));
        softly.assertThat(waited).as(what).isEqualTo(direct);
        softly.assertThat(handlers.calls.get() - before).as(what).isEqualTo(called);
      }
    }
    softly.assertAll();
  }

  @ParameterizedTest
  @EnumSource
  void waitingRequests_areLikeOthers(SpringServer server) throws Exception {
    GatewayFilter filter = GatewayFilter.of(GuardChain.of(new WaitingGuard(), delayingLimit()));
    try (ConfigurableApplicationContext context = server.start(filter, Map.of())) {
      assertWaitsMakeNoDifference(context, List.of("delay", "pending", "pending-delay"));
      assertDelayedRequestsAreProtected(context);
    }
    assertThat(filter.waits().rejected()).isZero();
  }

  /** The application has other filters, so the setting must have no effect. */
  @ParameterizedTest
  @EnumSource
  void waitingRequests_areLikeOthers_withParking(SpringServer server) throws Exception {
    GatewayFilter filter =
        GatewayFilter.builder().guards(GuardChain.of(new WaitingGuard())).parking(true).build();
    try (ConfigurableApplicationContext context = server.start(filter, Map.of())) {
      assertWaitsMakeNoDifference(context, List.of("delay", "pending"));
    }
  }

  /** Waiting costs no platform thread there, so their bound does not apply. */
  @ParameterizedTest
  @EnumSource
  @EnabledForJreRange(min = JRE.JAVA_21)
  void waitsOnVirtualThreads_countInTotalOnly(SpringServer server) throws Exception {
    var decision = new CompletableFuture<Verdict>();
    GatewayFilter filter =
        GatewayFilter.builder()
            .guards(GuardChain.of(new PendingGuard(decision)))
            .maxWaitingThreads(1)
            .build();
    Map<String, Object> virtual = Map.of("spring.threads.virtual.enabled", "true");
    try (ConfigurableApplicationContext context = server.start(filter, virtual)) {
      URI page = URI.create("http://127.0.0.1:" + SpringServer.port(context) + "/hello");
      var responses = new ArrayList<CompletableFuture<HttpResponse<String>>>();
      for (int i = 0; i < 5; i++) {
        responses.add(
            client.sendAsync(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString()));
      }
      await().until(() -> filter.waits().equals(new WaitStats(5, 0, 0)));
      decision.complete(Verdict.allow());
      for (CompletableFuture<HttpResponse<String>> response : responses) {
        assertThat(response.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
      }
    }
  }

  private record PendingGuard(CompletableFuture<Verdict> decision) implements Guard {
    @Override
    public String name() {
      return "pending";
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.pending(decision);
    }
  }

  private static Guard delayingLimit() {
    var limiter = KeyedLeakyBucket.<Object>builder().limit(Limit.perSecond(10).burst(20)).build();
    return RateLimitGuard.builder("limit", limiter).key(RequestKey.header("X-Limited")).build();
  }

  /** An attacker sends requests faster than a limit with default settings admits. */
  private void assertDelayedRequestsAreProtected(ConfigurableApplicationContext context)
      throws Exception {
    int port = SpringServer.port(context);
    int before = context.getBean(Handlers.class).calls.get();
    Call post = new Call("POST", "/form", "a=1", List.of("Content-Type", FORM, "X-Limited", "1"));
    Call secret = Call.of("GET", "/secret", "Authorization", LOGIN, "X-Limited", "1");
    for (int i = 0; i < 5; i++) {
      assertThat(send(port, post, NO_WAIT).statusCode()).isEqualTo(403);
      HttpResponse<String> page = send(port, secret, NO_WAIT);
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.headers().map().keySet())
          .contains("x-frame-options", "x-content-type-options", "cache-control");
    }
    assertThat(context.getBean(Handlers.class).calls.get() - before).isEqualTo(5);
  }
}
