// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.LinePolicy;
import io.gatewaykit.failover.RetryPolicy;
import io.gatewaykit.failover.RetryPolicy.Hedge;
import io.gatewaykit.failover.Topology;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every adapter does, with real servers on loopback. Endpoint a-1 is preferred; the requests
 * that it does not serve go to b-1.
 */
public abstract class HttpClientContract {
  static {
    System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
  }

  /** A request to send. A body that is not repeatable must come from a stream or its like. */
  protected record Message(
      String method, String uri, Map<String, String> headers, byte[] body, boolean repeatable) {}

  /** A response whose body may still be open. */
  protected interface Reply extends AutoCloseable {
    int status();

    InputStream body() throws IOException;

    @Override
    void close() throws IOException;
  }

  /** Sends requests through the adapter. */
  protected interface Sender extends AutoCloseable {
    /** Returns the response with its body open. Throws the exception that applications see. */
    Reply send(Message message) throws Exception;

    /** Cancels the requests in flight by the client's own method. */
    default void cancelAll() {
      throw new UnsupportedOperationException();
    }

    @Override
    default void close() throws IOException {}
  }

  /** Creates the suite of one adapter. */
  protected HttpClientContract() {}

  private final List<String> outcomes = new CopyOnWriteArrayList<>();
  private TestServer a;
  private TestServer b;
  private @Nullable FailoverGroup<URI> group;

  /** Returns the adapter around a client with these rules. */
  protected abstract Sender sender(HttpFailover failover) throws Exception;

  /** Adds what this adapter needs to hedge. */
  protected HttpFailoverBuilder settings(HttpFailoverBuilder builder) {
    return builder;
  }

  protected boolean hedges() {
    return true;
  }

  /** Returns whether an attempt without a response is aborted at its time limit. */
  protected boolean abortsAttempts() {
    return true;
  }

  /** Returns whether the client can send a body that it cannot repeat. */
  protected boolean sendsOnce() {
    return true;
  }

  /** Returns whether the host of the request can be sent to another endpoint. */
  protected boolean preservesHost() {
    return true;
  }

  /** Returns the exceptions that report a timeout, the outermost or a cause. */
  protected abstract Class<? extends Exception> timeout();

  @BeforeEach
  void startServers() throws IOException {
    a = TestServer.start();
    b = TestServer.start().will(TestServer.respond(200, "b"));
  }

  @AfterEach
  void stopServers() throws IOException {
    a.close();
    b.close();
    if (group != null) {
      group.close();
    }
  }

  private HttpFailoverBuilder failover(RetryPolicy policy, URI first, URI second) {
    group =
        FailoverGroup.<URI>builder("shop")
            .line(Line.of("a", 0, Endpoint.of("a-1", first)))
            .line(Line.of("b", 1, Endpoint.of("b-1", second)))
            .retry(policy)
            .report((id, outcome, status, nanos) -> outcomes.add(id + " " + outcome))
            .build();
    return settings(HttpFailover.builder(group));
  }

  private HttpFailoverBuilder failover() {
    return failover(RetryPolicy.defaults(), a.uri(), b.uri());
  }

  private HttpFailoverBuilder failover(RetryPolicy.Builder policy) {
    return failover(policy.build(), a.uri(), b.uri());
  }

  private static URI refused() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
  }

  private static Message get(String path) {
    return new Message("GET", "http://shop.example" + path, Map.of(), new byte[0], true);
  }

  private static Message post() {
    return new Message("POST", "http://shop.example/orders", Map.of(), bytes("order"), true);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Sends a request and returns the status and the body. */
  private String send(HttpFailoverBuilder failover, Message message) throws Exception {
    try (Sender sender = sender(failover.build())) {
      return send(sender, message);
    }
  }

  private static String send(Sender sender, Message message) throws Exception {
    try (Reply reply = sender.send(message)) {
      return reply.status() + " " + new String(reply.body().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private long inFlight() {
    return group.snapshot().lines().stream().mapToLong(line -> line.traffic().inFlight()).sum();
  }

  private void assertLeasesEnded() {
    await().atMost(Duration.ofSeconds(10)).until(() -> inFlight() == 0);
    assertThat(group.snapshot().misuse().doubleEnds()).isZero();
  }

  /** Waits for the outcomes, since those of cancelled attempts may follow the result. */
  private void assertOutcomes(String... expected) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(outcomes).containsExactly(expected));
    assertLeasesEnded();
  }

  private static boolean contains(Throwable failure, Class<?> type) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void success_isPassedOn() throws Exception {
    a.will(TestServer.respond(200, "a"));
    assertThat(send(failover(), get("/"))).isEqualTo("200 a");
    assertOutcomes("a-1 SUCCESS");
  }

  @Test
  void clientError_isPassedOnAndCountsAsSuccess() throws Exception {
    a.will(TestServer.respond(404, "none"));
    assertThat(send(failover(), get("/"))).isEqualTo("404 none");
    assertOutcomes("a-1 SUCCESS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void refused_goesToTheNext(String method) throws Exception {
    Message message = method.equals("GET") ? get("/") : post();
    var failover = failover(RetryPolicy.defaults(), refused(), b.uri());
    assertThat(send(failover, message)).isEqualTo("200 b");
    assertThat(b.received().get(0).body()).isEqualTo(message.body());
    assertOutcomes("a-1 CONNECT_FAILURE", "b-1 SUCCESS");
  }

  @Test
  void reset_idempotent_goesToTheNext() throws Exception {
    a.will(TestServer.reset());
    assertThat(send(failover(), get("/"))).isEqualTo("200 b");
    assertOutcomes("a-1 FAILURE", "b-1 SUCCESS");
  }

  @Test
  void reset_notIdempotent_failsAndIsSentOnce() throws Exception {
    a.will(TestServer.reset());
    var failover = failover();
    Throwable failure = catchThrowable(() -> send(failover, post()));
    assertThat(contains(failure, IOException.class)).as("%s", failure).isTrue();
    assertThat(a.received()).hasSize(1);
    assertThat(b.received()).isEmpty();
    assertOutcomes("a-1 FAILURE");
  }

  @Test
  void serverError_idempotent_goesToTheNext() throws Exception {
    a.will(TestServer.respond(500, "defect"));
    assertThat(send(failover(), get("/"))).isEqualTo("200 b");
    assertOutcomes("a-1 FAILURE", "b-1 SUCCESS");
  }

  @Test
  void serverError_notIdempotent_isPassedOn() throws Exception {
    a.will(TestServer.respond(500, "defect"));
    assertThat(send(failover(), post())).isEqualTo("500 defect");
    assertThat(b.received()).isEmpty();
    assertOutcomes("a-1 FAILURE");
  }

  @Test
  void serverError_withIdempotencyKey_goesToTheNext() throws Exception {
    a.will(TestServer.respond(500, "defect"));
    var message =
        new Message(
            "POST", "http://shop.example/", Map.of("Idempotency-Key", "7"), bytes("order"), true);
    assertThat(send(failover().idempotencyKey("idempotency-key"), message)).isEqualTo("200 b");
    assertThat(b.received().get(0).body()).isEqualTo(bytes("order"));
  }

  @Test
  void serverError_ofAll_lastResponseIsPassedOn() throws Exception {
    a.will(TestServer.respond(500, "a"));
    b.will(TestServer.respond(502, "b"));
    assertThat(send(failover(), get("/"))).isEqualTo("502 b");
    assertOutcomes("a-1 FAILURE", "b-1 FAILURE");
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 404, 500})
  void emptyBody_endsTheLease(int status) throws Exception {
    a.will(TestServer.respond(status, ""));
    var message = new Message("POST", "http://shop.example/", Map.of(), bytes("order"), true);
    assertThat(send(failover(), message)).isEqualTo(status + " ");
    assertOutcomes(status == 500 ? "a-1 FAILURE" : "a-1 SUCCESS");
  }

  @Test
  void serverError_excludedByTheRules_isPassedOn() throws Exception {
    a.will(TestServer.respond(501, "no"));
    assertThat(send(failover().failureStatus(s -> s == 500), get("/"))).isEqualTo("501 no");
    assertOutcomes("a-1 SUCCESS");
  }

  @Test
  void retriedResponse_isClosed() throws Exception {
    a.will(TestServer.endlessBody(503));
    assertThat(send(failover(), get("/"))).isEqualTo("200 b");
    assertThat(a.wasAbandoned()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "429|Retry-After: 20",
        "503|Retry-After: 20",
        "503|Date: Tue, 01 Dec 2026 10:00:00 GMT|Retry-After: Tue, 01 Dec 2026 10:00:20 GMT"
      })
  void pushback_excludesTheEndpoint(String response) throws Exception {
    List<String> parts = Arrays.asList(response.split("\\|", -1));
    int status = Integer.parseInt(parts.get(0));
    a.will(
        TestServer.respond(status, "busy", parts.subList(1, parts.size()).toArray(new String[0])));
    try (Sender sender = sender(failover().build())) {
      assertThat(send(sender, get("/"))).isEqualTo("200 b");
      assertThat(send(sender, get("/"))).isEqualTo("200 b");
    }
    assertThat(a.received()).hasSize(1);
    assertOutcomes("a-1 REJECTED_REMOTE", "b-1 SUCCESS", "b-1 SUCCESS");
  }

  @Test
  void pushback_ofAll_lastResponseIsPassedOn() throws Exception {
    a.will(TestServer.respond(429, "busy a", "Retry-After: 3600"));
    b.will(TestServer.respond(429, "busy b", "Retry-After: 3600"));
    assertThat(send(failover(), get("/"))).isEqualTo("429 busy b");
    assertOutcomes("a-1 REJECTED_REMOTE", "b-1 REJECTED_REMOTE");
  }

  @Test
  void stall_idempotent_timesOutAndGoesToTheNext() throws Exception {
    assumeTrue(abortsAttempts());
    a.will(TestServer.stall());
    var policy = RetryPolicy.builder().perTry(Duration.ofMillis(300));
    assertThat(send(failover(policy), get("/"))).isEqualTo("200 b");
    assertThat(a.wasAbandoned()).isTrue();
    assertOutcomes("a-1 TIMEOUT", "b-1 SUCCESS");
  }

  @Test
  void stall_notIdempotent_timesOut() throws Exception {
    assumeTrue(abortsAttempts());
    a.will(TestServer.stall());
    var failover = failover(RetryPolicy.builder().perTry(Duration.ofMillis(300)));
    Throwable failure = catchThrowable(() -> send(failover, post()));
    assertThat(contains(failure, timeout())).as("%s", failure).isTrue();
    assertThat(b.received()).isEmpty();
    assertOutcomes("a-1 TIMEOUT");
  }

  @Test
  void deadline_coversAllAttempts() throws Exception {
    assumeTrue(abortsAttempts());
    a.will(TestServer.stall());
    b.will(TestServer.stall());
    var failover =
        failover(RetryPolicy.builder().perTry(Duration.ofMillis(400)))
            .deadline(Duration.ofMillis(600));
    long start = System.nanoTime();
    Throwable failure = catchThrowable(() -> send(failover, get("/")));
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(590), Duration.ofSeconds(8));
    assertThat(contains(failure, timeout())).as("%s", failure).isTrue();
    assertOutcomes("a-1 TIMEOUT", "b-1 TIMEOUT");
  }

  @Test
  void allRefused_failsAsTheClientDoes() throws Exception {
    var failover = failover(RetryPolicy.defaults(), refused(), refused());
    Throwable failure = catchThrowable(() -> send(failover, get("/")));
    assertThat(contains(failure, java.net.ConnectException.class)).as("%s", failure).isTrue();
    assertOutcomes("a-1 CONNECT_FAILURE", "b-1 CONNECT_FAILURE");
  }

  @Test
  void noEndpoint_fails() throws Exception {
    group =
        FailoverGroup.<URI>builder("none", new Topology<>(List.of()))
            .lines(LinePolicy.builder().allowEmpty().build())
            .build();
    var failover = settings(HttpFailover.builder(group));
    Throwable failure = catchThrowable(() -> send(failover, get("/")));
    assertThat(contains(failure, EndpointsUnavailableException.class)).as("%s", failure).isTrue();
  }

  @Test
  void hedge_secondWins_firstIsCancelled() throws Exception {
    assumeTrue(hedges());
    a.will(TestServer.stall());
    var policy = RetryPolicy.builder().hedge(Hedge.after(Duration.ofMillis(50)));
    assertThat(send(failover(policy), get("/"))).isEqualTo("200 b");
    assertThat(a.wasAbandoned()).isTrue();
    await().atMost(Duration.ofSeconds(10)).until(() -> outcomes.size() == 2);
    assertThat(outcomes).containsExactlyInAnyOrder("a-1 CANCELLED", "b-1 SUCCESS");
    assertLeasesEnded();
  }

  @Test
  void hedge_notIdempotent_isSentOnce() throws Exception {
    assumeTrue(hedges() && abortsAttempts());
    a.will(TestServer.stall());
    var failover =
        failover(
            RetryPolicy.builder()
                .hedge(Hedge.after(Duration.ofMillis(50)))
                .perTry(Duration.ofMillis(400)));
    Throwable failure = catchThrowable(() -> send(failover, post()));
    assertThat(contains(failure, timeout())).as("%s", failure).isTrue();
    assertThat(b.received()).isEmpty();
  }

  @Test
  void interrupted_cancelsWithoutBlame() throws Exception {
    assumeTrue(interruptible());
    a.will(TestServer.stall());
    var failure = new AtomicReference<@Nullable Throwable>();
    var failover = failover();
    Thread caller = new Thread(() -> failure.set(catchThrowable(() -> send(failover, get("/")))));
    caller.start();
    await().atMost(Duration.ofSeconds(10)).until(() -> !a.received().isEmpty());
    caller.interrupt();
    caller.join(10_000);
    assertThat(failure.get()).isNotNull();
    assertThat(a.wasAbandoned()).isTrue();
    assertOutcomes("a-1 CANCELLED");
    assertThat(b.received()).isEmpty();
  }

  /** Returns whether interruption ends a request that waits for its response. */
  protected boolean interruptible() {
    return true;
  }

  @Test
  void cancelled_abortsWithoutBlame() throws Exception {
    assumeTrue(cancellable());
    a.will(TestServer.stall());
    var failure = new AtomicReference<@Nullable Throwable>();
    try (Sender sender = sender(failover().build())) {
      Thread caller =
          new Thread(() -> failure.set(catchThrowable(() -> send(sender, get("/async")))));
      caller.start();
      await().atMost(Duration.ofSeconds(10)).until(() -> !a.received().isEmpty());
      sender.cancelAll();
      caller.join(10_000);
    }
    assertThat(failure.get()).isNotNull();
    assertThat(a.wasAbandoned()).isTrue();
    assertOutcomes("a-1 CANCELLED");
    assertThat(b.received()).isEmpty();
  }

  /** Returns whether {@link Sender#cancelAll} is supported. */
  protected boolean cancellable() {
    return true;
  }

  /** Reads three bytes, each by a call: {@code readNBytes} of some streams waits for a fourth. */
  private static String readThree(InputStream body) throws IOException {
    var text = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      text.append((char) body.read());
    }
    return text.toString();
  }

  @Test
  void streamedBody_endsTheLeaseAtItsEnd() throws Exception {
    a.will(TestServer.slowBody());
    try (Sender sender = sender(failover().build());
        Reply reply = sender.send(get("/"))) {
      assertThat(readThree(reply.body())).isEqualTo("abc");
      assertThat(inFlight()).isEqualTo(1);
      assertThat(outcomes).isEmpty();
      a.release();
      assertThat(reply.body().readAllBytes()).isEqualTo(bytes("def"));
      assertOutcomes("a-1 SUCCESS");
    }
    assertOutcomes("a-1 SUCCESS");
  }

  @Test
  void streamedBody_closedEarly_endsTheLeaseWithoutBlame() throws Exception {
    a.will(TestServer.endlessBody(200));
    try (Sender sender = sender(failover().build())) {
      try (Reply reply = sender.send(get("/"))) {
        assertThat(readThree(reply.body())).hasSize(3);
      }
      assertThat(a.wasAbandoned()).isTrue();
      assertOutcomes(closesByCancelling() ? "a-1 CANCELLED" : "a-1 SUCCESS");
    }
  }

  /** Returns whether the client must cancel a request to close a body without reading it. */
  protected boolean closesByCancelling() {
    return false;
  }

  @Test
  void streamedBody_cancelled_failsWithoutBlame() throws Exception {
    assumeTrue(cancelsBodies());
    a.will(TestServer.slowBody());
    try (Sender sender = sender(failover().build());
        Reply reply = sender.send(get("/"))) {
      assertThat(readThree(reply.body())).isEqualTo("abc");
      sender.cancelAll();
      assertThat(catchThrowable(() -> reply.body().readAllBytes())).isInstanceOf(IOException.class);
      assertOutcomes("a-1 CANCELLED");
    }
  }

  /** Returns whether {@link Sender#cancelAll} aborts a body that is being read. */
  protected boolean cancelsBodies() {
    return false;
  }

  @Test
  void streamedBody_broken_countsAsFailure() throws Exception {
    a.will(TestServer.resetWithinBody());
    try (Sender sender = sender(failover().build());
        Reply reply = sender.send(get("/"))) {
      assertThat(readThree(reply.body())).isEqualTo("abc");
      a.release();
      Throwable failure = catchThrowable(() -> reply.body().readAllBytes());
      assertThat(contains(failure, IOException.class)).as("%s", failure).isTrue();
    }
    assertOutcomes("a-1 FAILURE");
  }

  @Test
  void target_isBelowTheEndpoint() throws Exception {
    var failover = failover(RetryPolicy.defaults(), URI.create(a.uri() + "/base/"), b.uri());
    assertThat(send(failover, get("/x%2Fy/%C3%A9?q=a%26b"))).isEqualTo("200 ok");
    assertThat(a.received().get(0).target()).isEqualTo("/base/x%2Fy/%C3%A9?q=a%26b");
    assertThat(a.received().get(0).headers().get("Host")).isEqualTo(a.uri().getRawAuthority());
  }

  @Test
  void preserveHost_sendsTheHostOfTheRequest() throws Exception {
    assumeTrue(preservesHost());
    assertThat(send(failover().preserveHost(), get("/"))).isEqualTo("200 ok");
    assertThat(a.received().get(0).headers().get("Host")).isEqualTo("shop.example");
  }

  /** Returns whether a body above the limit for buffering can be sent again. */
  protected boolean repeatsLargeBodies() {
    return true;
  }

  @Test
  void largeBody_repeatable_isSentAgainCompletely() throws Exception {
    assumeTrue(repeatsLargeBodies());
    a.will(TestServer.respond(500, "defect"));
    byte[] body = new byte[1 << 20];
    Arrays.fill(body, (byte) 'x');
    var message = new Message("PUT", "http://shop.example/", Map.of(), body, true);
    assertThat(send(failover(), message)).isEqualTo("200 b");
    assertThat(a.received().get(0).body()).isEqualTo(body);
    assertThat(b.received().get(0).body()).isEqualTo(body);
  }

  @Test
  void bodyOfAStream_isSentOnce() throws Exception {
    assumeTrue(sendsOnce());
    a.will(TestServer.respond(500, "defect"));
    byte[] body = new byte[100_000];
    var message = new Message("PUT", "http://shop.example/", Map.of(), body, false);
    assertThat(send(failover(), message)).isEqualTo("500 defect");
    assertThat(a.received().get(0).body()).isEqualTo(body);
    assertThat(b.received()).isEmpty();
  }

  @Test
  void bodyOfAStream_small_isSentAgain() throws Exception {
    assumeTrue(sendsOnce() && buffersStreams());
    a.will(TestServer.respond(500, "defect"));
    var message = new Message("PUT", "http://shop.example/", Map.of(), bytes("order"), false);
    assertThat(send(failover(), message)).isEqualTo("200 b");
    assertThat(a.received().get(0).body()).isEqualTo(bytes("order"));
    assertThat(b.received().get(0).body()).isEqualTo(bytes("order"));
  }

  /** Returns whether the length of a stream is known, or it can be buffered while it is sent. */
  protected boolean buffersStreams() {
    return true;
  }

  @Test
  void bodyOfAStream_refused_goesToTheNext() throws Exception {
    assumeTrue(sendsOnce());
    byte[] body = new byte[100_000];
    var message = new Message("PUT", "http://shop.example/", Map.of(), body, false);
    var failover = failover(RetryPolicy.defaults(), refused(), b.uri());
    assertThat(send(failover, message)).isEqualTo("200 b");
    assertThat(b.received().get(0).body()).isEqualTo(body);
  }
}
