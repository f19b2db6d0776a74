// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.guard.Verdict;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses of the application as guards observe them, and responses to rejected requests. */
abstract class ResponseContract extends WaitingContract {
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
}
