// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.LinePolicy;
import io.gatewaykit.failover.RetryPolicy;
import io.gatewaykit.failover.RetryPolicy.Hedge;
import io.gatewaykit.failover.Topology;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every adapter does, with real servers on loopback. */
public abstract class HttpClientContract extends BodyContract {
  /** Creates the suite of one adapter. */
  protected HttpClientContract() {}

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
    assumeTrue(abortsAttempts(), UNSUPPORTED);
    a.will(TestServer.stall());
    var policy = RetryPolicy.builder().perTry(Duration.ofMillis(300));
    assertThat(send(failover(policy), get("/"))).isEqualTo("200 b");
    assertThat(a.wasAbandoned()).isTrue();
    assertOutcomes("a-1 TIMEOUT", "b-1 SUCCESS");
  }

  @Test
  void stall_notIdempotent_timesOut() throws Exception {
    assumeTrue(abortsAttempts(), UNSUPPORTED);
    a.will(TestServer.stall());
    var failover = failover(RetryPolicy.builder().perTry(Duration.ofMillis(300)));
    Throwable failure = catchThrowable(() -> send(failover, post()));
    assertThat(contains(failure, timeout())).as("%s", failure).isTrue();
    assertThat(b.received()).isEmpty();
    assertOutcomes("a-1 TIMEOUT");
  }

  @Test
  void deadline_coversAllAttempts() throws Exception {
    assumeTrue(abortsAttempts(), UNSUPPORTED);
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
    assumeTrue(hedges(), UNSUPPORTED);
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
    assumeTrue(hedges() && abortsAttempts(), UNSUPPORTED);
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
    assumeTrue(interruptible(), UNSUPPORTED);
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
    assumeTrue(cancellable(), UNSUPPORTED);
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
}
