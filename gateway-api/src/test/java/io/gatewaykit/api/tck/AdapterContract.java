// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The behaviour that every adapter must have, observed on the wire and by a guard. If servers may
 * differ, the test lists the valid results.
 */
public abstract class AdapterContract extends ResponseContract {
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
