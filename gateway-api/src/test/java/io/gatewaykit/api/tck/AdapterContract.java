// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.ClientAddressResolver.ForwardingHeader;
import io.gatewaykit.api.request.GatewayRequest;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The behaviour that every adapter must have, observed on the wire and by a guard. If servers may
 * differ, the test lists the valid results.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("NullAway.Init") // the fields are set before each test
public abstract class AdapterContract {
  /** More requests than a server under test has threads. */
  protected static final int MANY = 40;

  /** The number of waiting requests if each holds a thread: fewer than any server here has. */
  private static final int FEW = 3;

  private static final Rejection LIMITED =
      Rejection.builder(429, "rate_limited", "Too Many Requests")
          .retryAfter(Duration.ofMillis(1500))
          .build();
  private static final Rejection FORBIDDEN = Rejection.builder(403, "no", "Forbidden").build();
  private static final String CHUNKED_POST =
      "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  private static final String NEXT = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";

  /** The application behind the adapter. */
  protected final TckApplication application = new TckApplication();

  private TckServer server;
  private volatile GuardSelector guards;
  private volatile RejectionRenderer renderer;

  /**
   * Starts a server with the adapter and the application; with fewer threads than {@link #MANY}.
   */
  protected abstract TckServer start(
      GuardSelector guards, RejectionRenderer renderer, ClientAddressResolver clients)
      throws Exception;

  /** The handling of unusual targets by the server, before the adapter receives them. */
  protected enum Targets {
    /** Passes targets as received. */
    AS_SENT,
    /** Rejects some with 400, and reduces an absolute form to its path. */
    REJECTED_OR_PATH
  }

  /** Returns the handling of targets by the server. */
  protected abstract Targets targets();

  /** Returns the server's name in {@code docs/http-semantics.md}. */
  protected abstract String name();

  /**
   * Returns whether the server sends 100 to a client that waits for it before calling the adapter.
   */
  protected boolean continuesEarly() {
    return false;
  }

  /** Returns whether a waiting request holds a thread of the server. */
  protected boolean holdsThreads() {
    return false;
  }

  @BeforeAll
  void startServer() throws Exception {
    server =
        start(
            request -> guards.select(request),
            (request, rejection) -> renderer.render(request, rejection),
            ClientAddressResolver.builder()
                .header(ForwardingHeader.X_FORWARDED_FOR)
                .trustedProxies("127.0.0.0/8", "::1/128")
                .build());
  }

  @AfterAll
  void stopServer() {
    server.close();
  }

  @BeforeEach
  void reset() {
    application.reset();
    guards = GuardSelector.always(GuardChain.empty());
    renderer = RejectionRenderer.problemJson();
  }

  /** Guards the application with the given guard, from the next request on. */
  protected final <G extends Guard> G guardedBy(G guard) {
    guards = GuardSelector.always(GuardChain.of(guard));
    return guard;
  }

  /** Connects to the server. */
  protected final RawClient connect() throws IOException {
    return new RawClient(server.port());
  }

  private static String post(String path, String body) {
    return post(path, body, "");
  }

  private static String post(String path, String body, String fields) {
    return "POST %s HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\n%sContent-Length: %d\r\n\r\n%s"
        .formatted(path, fields, body.length(), body);
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }

  private static void awaitEnds(RecordingGuard guard, int count) {
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> guard.ends().size() >= count);
  }

  private void assertHello(RawResponse response) {
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("hello");
    assertThat(response.header("X-App")).isEqualTo("yes");
  }

  /**
   * Asserts that a rejected body is not parsed as a request: the connection works, or is closed.
   */
  private void assertUsableOrClosed(RawClient client) throws IOException {
    if (!client.isClosedByServer()) {
      assertHello(client.read());
    }
  }

  @Test
  void allowed_isServedWithAllStagesOnce() throws Exception {
    var guard = guardedBy(RecordingGuard.answering(Verdict.allow()));
    try (RawClient client = connect()) {
      RawResponse response = client.send(get("/a/b?q=%27+x")).read();
      assertHello(response);
      assertThat(response.header("X-Guarded")).isEqualTo("yes");
      awaitEnds(guard, 1);
      assertThat(guard.seen())
          .containsExactly("head GET /a/b?q=%27+x", "response 200", "SERVED 200");
      assertHello(client.send(NEXT).read());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 204, 304, 404, 500, 503})
  void status_ofTheApplication_passes(int status) throws Exception {
    var guard = guardedBy(RecordingGuard.answering(Verdict.allow()));
    try (RawClient client = connect()) {
      assertThat(client.send(get("/" + status)).read().status()).isEqualTo(status);
      awaitEnds(guard, 1);
      assertThat(guard.seen())
          .containsExactly("head GET /" + status, "response " + status, "SERVED " + status);
    }
  }

  @Test
  void head_isServedWithoutBody() throws Exception {
    var guard = guardedBy(RecordingGuard.answering(Verdict.allow()));
    try (RawClient client = connect()) {
      RawResponse response = client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").readBodiless();
      assertThat(response.status()).isEqualTo(200);
      assertHello(client.send(NEXT).read());
      awaitEnds(guard, 2);
      assertThat(guard.ends()).containsExactly("SERVED 200", "SERVED 200");
    }
  }

  @Test
  void rejected_receivesTheProblemAndTheConnectionStaysOpen() throws Exception {
    var guard =
        guardedBy(
            RecordingGuard.judging(
                r -> r.path().equals("/no") ? Verdict.reject(LIMITED) : Verdict.allow()));
    try (RawClient client = connect()) {
      RawResponse refused = client.send(get("/no")).read();
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("Content-Type")).startsWith("application/problem+json");
      assertThat(refused.header("Retry-After")).isEqualTo("2");
      assertThat(refused.header("Content-Length"))
          .isEqualTo(Integer.toString(refused.body().length()));
      assertThat(refused.body()).contains("\"status\":429", "\"title\":\"Too Many Requests\"");
      assertThat(application.calls()).isZero();
      assertHello(client.send(NEXT).read());
      awaitEnds(guard, 2);
      assertThat(guard.ends()).containsExactly("REJECTED 429", "SERVED 200");
    }
  }

  @Test
  void rejectedHead_hasLengthButNoBody() throws Exception {
    guardedBy(RecordingGuard.answering(Verdict.reject(LIMITED)));
    try (RawClient client = connect()) {
      RawResponse refused = client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").readBodiless();
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("Content-Length")).matches("[1-9][0-9]+");
      assertThat(client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").readBodiless().status())
          .isEqualTo(429);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 200_000})
  void rejected_withABody_isNeverParsedAsTheNextRequest(int size) throws Exception {
    guardedBy(
        RecordingGuard.judging(
            r -> r.method().equals("POST") ? Verdict.reject(FORBIDDEN) : Verdict.allow()));
    try (RawClient client = connect()) {
      client.send(post("/", get("/smuggled").repeat(size / 10)) + NEXT);
      assertThat(client.read().status()).isEqualTo(403);
      assertUsableOrClosed(client);
      assertThat(application.calls()).isLessThanOrEqualTo(1);
    } catch (SocketException closed) {
      // A server may close the connection without reading a rejected body of this size.
      assertThat(size).isGreaterThan(1_000);
      assertThat(application.calls()).isZero();
    }
  }

  @Test
  void rejected_withAChunkedBody_isNeverParsedAsTheNextRequest() throws Exception {
    guardedBy(
        RecordingGuard.judging(
            r -> r.method().equals("POST") ? Verdict.reject(FORBIDDEN) : Verdict.allow()));
    try (RawClient client = connect()) {
      client.send(CHUNKED_POST.replace("/b", "/") + "5\r\nhello\r\n0\r\n\r\n" + NEXT);
      assertThat(client.read().status()).isEqualTo(403);
      assertUsableOrClosed(client);
    }
  }

  @Test
  void expect100_rejected_receivesNoContinue() throws Exception {
    guardedBy(
        RecordingGuard.judging(
            r -> r.method().equals("POST") ? Verdict.reject(FORBIDDEN) : Verdict.allow()));
    try (RawClient client = connect()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      RawResponse first = client.read();
      boolean continued = continuesEarly() && first.status() == 100;
      assertThat(continued ? client.read().status() : first.status()).isEqualTo(403);
      client.send(continued ? "hello" + NEXT : NEXT);
      assertUsableOrClosed(client);
    } catch (IOException closed) {
      assertThat(application.calls()).isZero(); // the server closed while we were writing
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 100})
  void expect100_allowed_isContinuedAndEchoed(int wanted) throws Exception {
    guardedBy(RecordingGuard.reading(wanted, body -> Verdict.allow()));
    try (RawClient client = connect()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(100);
      assertThat(client.send("hello").read().body()).isEqualTo("hello");
    }
  }

  @ParameterizedTest
  @CsvSource({"1,false", "5,false", "12,false", "100,false", "1,true", "12,true", "100,true"})
  void body_isShownOnceAndReplayed(int wanted, boolean chunked) throws Exception {
    String body = "first second";
    var guard = guardedBy(RecordingGuard.reading(wanted, text -> Verdict.allow()));
    try (RawClient client = connect()) {
      client.send(
          chunked ? CHUNKED_POST + "6\r\nfirst \r\n6\r\nsecond\r\n0\r\n\r\n" : post("/b", body));
      assertThat(client.read().body()).isEqualTo(body);
      awaitEnds(guard, 1);
      String shown = wanted < body.length() ? body.substring(0, wanted) + "..." : body;
      assertThat(guard.seen())
          .containsExactly("head POST /b", "body " + shown, "response 200", "SERVED 200");
      assertHello(client.send(NEXT).read());
    }
  }

  @Test
  void largeBody_isReplayedWhole() throws Exception {
    String body = "0123456789abcdef".repeat(20_000);
    guardedBy(RecordingGuard.reading(70_000, text -> Verdict.allow()));
    try (RawClient client = connect()) {
      assertThat(client.send(post("/", body)).read().body()).isEqualTo(body);
    }
  }

  @Test
  void noBody_isNotInspected() throws Exception {
    var guard = guardedBy(RecordingGuard.reading(100, text -> Verdict.allow()));
    try (RawClient client = connect()) {
      assertHello(client.send(get("/")).read());
      assertHello(client.send(post("/", "")).read());
      awaitEnds(guard, 2);
      assertThat(guard.seen()).noneMatch(event -> event.matches("body .+"));
    }
  }

  @Test
  void rejectedBody_doesNotReachTheApplication() throws Exception {
    var guard =
        guardedBy(
            RecordingGuard.reading(
                100, text -> text.contains("eval") ? Verdict.reject(FORBIDDEN) : Verdict.allow()));
    try (RawClient client = connect()) {
      assertThat(client.send(post("/", "eval(1)")).read().status()).isEqualTo(403);
      assertThat(application.calls()).isZero();
      client.send(NEXT);
      assertUsableOrClosed(client);
      awaitEnds(guard, 1);
      assertThat(guard.ends()).first().isEqualTo("REJECTED 403");
    }
  }

  @Test
  void delayed_isServedAfterwards_onceAndInOrder() throws Exception {
    var guard =
        guardedBy(
            RecordingGuard.judging(
                r -> r.path().equals("/slow") ? Verdict.delayNanos(50_000_000) : Verdict.allow()));
    try (RawClient client = connect()) {
      client.send(get("/slow") + post("/201", "second") + NEXT);
      assertHello(client.read());
      RawResponse second = client.read();
      assertThat(second.status()).isEqualTo(201);
      assertThat(second.body()).isEqualTo("second");
      assertHello(client.read());
      awaitEnds(guard, 3);
      assertThat(guard.ends()).containsExactlyInAnyOrder("SERVED 200", "SERVED 201", "SERVED 200");
      assertThat(guard.seen()).filteredOn(event -> event.startsWith("head")).hasSize(3);
      assertThat(application.calls()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 100})
  void delayed_withABody_isInspectedAndReplayed(int wanted) throws Exception {
    var guard =
        guardedBy(
            RecordingGuard.reading(
                Verdict.delayNanos(20_000_000),
                wanted,
                text -> text.startsWith("bad") ? Verdict.reject(FORBIDDEN) : Verdict.allow()));
    try (RawClient client = connect()) {
      RawResponse served = client.send(post("/", "hello")).read();
      assertThat(served.body()).isEqualTo("hello");
      assertThat(served.header("X-Guarded")).isEqualTo("yes");
      assertThat(client.send(post("/", "bad x")).read().status()).isEqualTo(403);
      awaitEnds(guard, 2);
      assertThat(guard.ends()).containsExactly("SERVED 200", "REJECTED 403");
      assertThat(application.calls()).isEqualTo(1);
    }
  }

  @Test
  void delayedByTheBody_isServedAfterwards() throws Exception {
    var guard = guardedBy(RecordingGuard.reading(100, text -> Verdict.delayNanos(20_000_000)));
    try (RawClient client = connect()) {
      assertThat(client.send(post("/", "text")).read().body()).isEqualTo("text");
      awaitEnds(guard, 1);
      assertThat(guard.seen())
          .containsExactly("head POST /", "body text", "response 200", "SERVED 200");
    }
  }

  @Test
  void pending_followsTheVerdict() throws Exception {
    for (Verdict decided :
        new Verdict[] {Verdict.allow(), Verdict.delayNanos(1_000_000), Verdict.reject(LIMITED)}) {
      var decision = new CompletableFuture<Verdict>();
      var guard = guardedBy(RecordingGuard.answering(Verdict.pending(decision)));
      try (RawClient client = connect()) {
        client.send(get("/"));
        Awaitility.await().until(() -> !guard.seen().isEmpty());
        decision.complete(decided);
        boolean refused = decided instanceof Verdict.Reject;
        assertThat(client.read().status()).isEqualTo(refused ? 429 : 200);
        awaitEnds(guard, 1);
        assertThat(guard.ends()).containsExactly(refused ? "REJECTED 429" : "SERVED 200");
        guardedBy(RecordingGuard.answering(Verdict.allow()));
        assertHello(client.send(NEXT).read());
      }
    }
  }

  @Test
  void pending_completeAlready_continues() throws Exception {
    var known = CompletableFuture.completedFuture(Verdict.allow());
    guardedBy(RecordingGuard.reading(Verdict.pending(known), 100, text -> Verdict.pending(known)));
    try (RawClient client = connect()) {
      for (int i = 0; i < 20; i++) {
        assertThat(client.send(post("/", "text" + i)).read().body()).isEqualTo("text" + i);
      }
    }
  }

  @Test
  void waiting_blocksNoOtherRequest() throws Exception {
    int requests = holdsThreads() ? FEW : MANY;
    var decision = new CompletableFuture<Verdict>();
    var guard =
        guardedBy(
            RecordingGuard.judging(
                r -> r.path().equals("/wait") ? Verdict.pending(decision) : Verdict.allow()));
    List<RawClient> waiting = new ArrayList<>();
    try {
      for (int i = 0; i < requests; i++) {
        waiting.add(connect().send(get("/wait")));
      }
      Awaitility.await().until(() -> guard.seen().size() == requests);
      try (RawClient other = connect()) {
        assertHello(other.send(NEXT).read());
      }
      decision.complete(Verdict.allow());
      for (RawClient client : waiting) {
        assertHello(client.read());
      }
      awaitEnds(guard, requests + 1);
      assertThat(guard.ends()).hasSize(requests + 1).containsOnly("SERVED 200");
      assertThat(application.calls()).isEqualTo(requests + 1);
    } finally {
      for (RawClient client : waiting) {
        client.close();
      }
    }
  }

  @Test
  void longPoll_isCountedOnce() throws Exception {
    var guard = guardedBy(RecordingGuard.reading(100, text -> Verdict.allow()));
    try (RawClient client = connect()) {
      client.send(post(TckApplication.HANG, "poll"));
      Awaitility.await().until(() -> application.calls() == 1);
      assertThat(guard.ends()).isEmpty();
      application.released().complete(null);
      assertThat(client.read().body()).isEqualTo("poll");
      awaitEnds(guard, 1);
      assertThat(guard.seen())
          .containsExactly("head POST /hang", "body poll", "response 200", "SERVED 200");
      assertHello(client.send(NEXT).read());
    }
  }

  @Test
  void delayedLongPoll_isCountedOnce() throws Exception {
    var guard = guardedBy(RecordingGuard.answering(Verdict.delayNanos(20_000_000)));
    try (RawClient client = connect()) {
      client.send(get(TckApplication.HANG));
      Awaitility.await().until(() -> application.calls() == 1);
      application.released().complete(null);
      assertHello(client.read());
      awaitEnds(guard, 1);
      assertThat(guard.seen()).containsExactly("head GET /hang", "response 200", "SERVED 200");
    }
  }

  @Test
  void responseInParts_isNotBuffered() throws Exception {
    var guard = guardedBy(RecordingGuard.answering(Verdict.allow()));
    try (RawClient client = connect()) {
      RawResponse head = client.send(get(TckApplication.STREAM)).readHead();
      assertThat(head.header("X-Guarded")).isEqualTo("yes");
      assertThat(client.chunk()).isEqualTo(TckApplication.FIRST);
      assertThat(guard.ends()).isEmpty();
      application.released().complete(null);
      assertThat(client.chunk()).isEqualTo(TckApplication.SECOND);
      assertThat(client.chunk()).isEmpty();
      awaitEnds(guard, 1);
      assertThat(guard.ends()).containsExactly("SERVED 200");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1_000, 300_000})
  void responseBody_isObservedAsSent(int length) throws Exception {
    var guard = guardedBy(RecordingGuard.answering(Verdict.allow()).observing());
    String body = "\u00e4{\"b\":\n".repeat(length / 8 + 1);
    try (RawClient client = connect()) {
      assertThat(client.send(post("/", body)).read().body()).isEqualTo(body);
      awaitEnds(guard, 1);
      assertThat(guard.observed()).isEqualTo(body);
      assertHello(client.send(NEXT).read());
      awaitEnds(guard, 2);
      assertThat(guard.observed()).isEqualTo(body + "hello");
    }
  }

  @Test
  void responseBody_inPieces_isObservedBeforeEachIsSent() throws Exception {
    var guard = guardedBy(RecordingGuard.answering(Verdict.allow()).observing());
    try (RawClient client = connect()) {
      client.send(get(TckApplication.STREAM)).readHead();
      assertThat(client.chunk()).isEqualTo(TckApplication.FIRST);
      assertThat(guard.observed()).isEqualTo(TckApplication.FIRST);
      application.released().complete(null);
      assertThat(client.chunk()).isEqualTo(TckApplication.SECOND);
      assertThat(guard.observed()).isEqualTo(TckApplication.FIRST + TckApplication.SECOND);
      assertThat(client.chunk()).isEmpty();
      awaitEnds(guard, 1);
    }
  }

  @Test
  void responseBody_ofDelayedAndLongRequests_isObserved() throws Exception {
    var guard = guardedBy(RecordingGuard.answering(Verdict.delayNanos(20_000_000)).observing());
    try (RawClient client = connect()) {
      client.send(get(TckApplication.HANG));
      Awaitility.await().until(() -> application.calls() == 1);
      application.released().complete(null);
      assertHello(client.read());
      awaitEnds(guard, 1);
      assertThat(guard.observed()).isEqualTo("hello");
    }
  }

  @Test
  void responseWithoutBody_isNotObserved() throws Exception {
    var guard =
        guardedBy(
            RecordingGuard.judging(
                    r -> r.path().equals("/no") ? Verdict.reject(LIMITED) : Verdict.allow())
                .observing());
    try (RawClient client = connect()) {
      assertThat(client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").readBodiless().status())
          .isEqualTo(200);
      assertThat(client.send(get("/204")).read().status()).isEqualTo(204);
      assertThat(client.send(get("/304")).read().status()).isEqualTo(304);
      assertThat(client.send(get("/no")).read().status()).isEqualTo(429);
      awaitEnds(guard, 4);
      assertThat(guard.observed()).isEmpty();
    }
  }

  @Test
  void responseBody_failingObserver_isServedAndObservedNoMore() throws Exception {
    var guard = RecordingGuard.answering(Verdict.allow()).failingToObserve();
    GuardChain chain = GuardChain.of(guard);
    guards = GuardSelector.always(chain);
    try (RawClient client = connect()) {
      client.send(get(TckApplication.STREAM)).readHead();
      assertThat(client.chunk()).isEqualTo(TckApplication.FIRST);
      application.released().complete(null);
      assertThat(client.chunk()).isEqualTo(TckApplication.SECOND);
      assertThat(client.chunk()).isEmpty();
      awaitEnds(guard, 1);
      assertThat(guard.ends()).containsExactly("SERVED 200");
      assertThat(guard.observed()).isEqualTo(TckApplication.FIRST);
      assertThat(chain.failures(guard.name())).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 20_000_000})
  void failingApplication_isReportedOnce(long delay) throws Exception {
    var guard = guardedBy(RecordingGuard.answering(Verdict.delayNanos(delay)));
    try (RawClient client = connect()) {
      client.send(get(TckApplication.FAIL));
      if (!client.isClosedByServer()) {
        assertThat(client.read().status()).isEqualTo(500);
      }
      awaitEnds(guard, 1);
      assertThat(guard.ends()).first().asString().startsWith("FAILED");
      assertThat(guard.ends()).hasSize(1);
    }
  }

  @Test
  void clientGoneWhileWaiting_isReportedOnce() throws Exception {
    var decision = new CompletableFuture<Verdict>();
    var guard = guardedBy(RecordingGuard.answering(Verdict.pending(decision)));
    try (RawClient client = connect()) {
      client.send(get("/"));
      Awaitility.await().until(() -> !guard.seen().isEmpty());
    }
    decision.complete(Verdict.allow());
    awaitEnds(guard, 1);
    guardedBy(RecordingGuard.answering(Verdict.allow()));
    try (RawClient client = connect()) {
      assertHello(client.send(NEXT).read());
    }
    assertThat(guard.ends()).hasSize(1);
  }

  @Test
  void truncatedBody_isReportedOnce() throws Exception {
    var guard = guardedBy(RecordingGuard.reading(100, text -> Verdict.allow()));
    try (RawClient client = connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nbegun");
      Awaitility.await().until(() -> !guard.seen().isEmpty());
    }
    awaitEnds(guard, 1);
    assertThat(guard.ends()).hasSize(1);
    assertThat(application.calls()).isZero();
  }

  @Test
  void failingGuard_followsItsFailureMode() throws Exception {
    guardedBy(
        RecordingGuard.judging(request -> {
          throw new IllegalStateException("the guard fails, as the test wants");
        }));
    try (RawClient client = connect()) {
      assertThat(client.send(get("/")).read().status()).isEqualTo(503);
      assertThat(application.calls()).isZero();
    }
  }

  @Test
  void failingSelector_responseIs503() throws Exception {
    guards =
        request -> {
          throw new IllegalStateException("the selector fails, as the test wants");
        };
    try (RawClient client = connect()) {
      assertThat(client.send(get("/")).read().status()).isEqualTo(503);
      assertThat(application.calls()).isZero();
    }
    guards = GuardSelector.always(GuardChain.empty());
    try (RawClient client = connect()) {
      assertHello(client.send(NEXT).read());
    }
  }

  @Test
  void customRenderer_isUsed_andReplacedIfItFails() throws Exception {
    guardedBy(RecordingGuard.answering(Verdict.reject(LIMITED)));
    renderer =
        (request, rejection) ->
            new RejectionRenderer.Response(418, List.of(Map.entry("X-Own", "ü")), "own ü");
    try (RawClient client = connect()) {
      RawResponse own = client.send(get("/")).read();
      assertThat(own.status()).isEqualTo(418);
      assertThat(own.body()).isEqualTo("own Ã¼"); // UTF-8, read byte by byte
      renderer =
          (request, rejection) -> {
            throw new IllegalStateException("the renderer fails, as the test wants");
          };
      assertThat(client.send(get("/")).read().status()).isEqualTo(429);
      renderer = (request, rejection) -> new RejectionRenderer.Response(99, List.of(), "");
      assertThat(client.send(get("/")).read().status()).isEqualTo(429);
      renderer = (request, rejection) -> new RejectionRenderer.Response(204, List.of(), "none");
      assertThat(client.send(get("/")).read().status()).isEqualTo(204);
      renderer = RejectionRenderer.problemJson();
      assertThat(client.send(get("/")).read().status()).isEqualTo(429);
    }
  }

  @Test
  void rejections_canBeReadByScriptsOfAllowedOrigins() throws Exception {
    guardedBy(RecordingGuard.answering(Verdict.reject(LIMITED)));
    renderer = RejectionRenderer.problemJson().readableFrom("https://app.example"::equals);
    try (RawClient client = connect()) {
      String ask = "GET / HTTP/1.1\r\nHost: h\r\nOrigin: %s\r\n\r\n";
      RawResponse allowed = client.send(ask.formatted("https://app.example")).read();
      assertThat(allowed.header("Access-Control-Allow-Origin")).isEqualTo("https://app.example");
      assertThat(allowed.header("Access-Control-Expose-Headers")).contains("Retry-After");
      assertThat(allowed.all("Vary")).contains("Origin");
      RawResponse other = client.send(ask.formatted("https://evil.example")).read();
      assertThat(other.all("Access-Control-Allow-Origin")).isEmpty();
      assertThat(other.all("Vary")).contains("Origin");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a/../b",
        "/a/./b",
        "//a//b",
        "/%2e%2e/x",
        "/a%2Fb",
        "/a%2f..%2fb;j=1//c/%2e%2e/d",
        "/%c0%ae%c0%ae/x",
        "/a;jsessionid=1?b;c",
        "/?a=%00&b=%0d%0a",
        "/%E4%BD%A0?%ff",
        "/?",
        "/a?b?c&d==e",
        "http://other/x?y"
      })
  void target_isPassedAsSentOrRejectedByTheServer(String target) throws Exception {
    var guard = guardedBy(RecordingGuard.answering(Verdict.allow()));
    try (RawClient client = connect()) {
      int status =
          client
              .send("GET " + target + " HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n")
              .read()
              .status();
      boolean free = targets() == Targets.REJECTED_OR_PATH;
      if (free && status == 400) {
        assertThat(application.calls()).isZero();
      } else {
        String path = target.replaceFirst("^http://[^/]*", "");
        assertThat(guard.seen().get(0).substring("head GET ".length()))
            .isIn(free ? List.of(path, path.replaceFirst("[?]$", "")) : List.of(target));
      }
    }
  }

  @Test
  void semantics_areAsDocumented() throws Exception {
    var target = new AtomicReference<>("");
    guards =
        request -> {
          target.set(request.rawTarget());
          boolean refused = request.path().startsWith(HttpSemantics.REFUSED);
          boolean reads = request.path().equals(HttpSemantics.BODY_REFUSED);
          Guard guard =
              reads
                  ? RecordingGuard.reading(100, body -> Verdict.reject(FORBIDDEN))
                  : RecordingGuard.answering(refused ? Verdict.reject(FORBIDDEN) : Verdict.allow());
          return GuardChain.of(guard);
        };
    Map<String, String> observed =
        HttpSemantics.observed(this::connect, () -> target.getAndSet(""));
    assertThat(observed).isEqualTo(HttpSemantics.documented(name()));
  }

  @Test
  void request_isPassedAsReceived() throws Exception {
    var shown = new CompletableFuture<String>();
    guardedBy(
        RecordingGuard.judging(request -> {
          shown.complete(describe(request));
          return Verdict.allow();
        }));
    try (RawClient client = connect()) {
      String proxied = "X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n\r\n";
      client.send(
          "GET /a%20b/?q=1 HTTP/1.1\r\nHost: H.example:8080\r\nX-Two: 1\r\nx-two: 2\r\n" + proxied);
      assertHello(client.read());
      assertThat(shown.get(10, TimeUnit.SECONDS))
          .isEqualTo("GET HTTP/1.1 http h.example /a b/ [1, 2] 1 2 127.0.0.1 198.51.100.7 false");
    }
  }

  private static String describe(GatewayRequest request) {
    var fields = new ArrayList<String>();
    request
        .headers()
        .forEach((name, value) -> {
          if (name.equalsIgnoreCase("x-two")) {
            fields.add(value);
          }
        });
    return String.join(
        " ",
        request.method(),
        request.protocol(),
        request.scheme(),
        request.host(),
        request.path(),
        request.headers().all("X-TWO").toString(),
        String.join(" ", fields),
        request.client().peer().getHostAddress(),
        request.client().address().getHostAddress(),
        Boolean.toString(request.headers().contains("X-Three")));
  }
}
