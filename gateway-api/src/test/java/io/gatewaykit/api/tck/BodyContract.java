// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Verdict;
import java.io.IOException;
import java.net.SocketException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Request bodies: held for guards, replayed, rejected, and never read as the next request. */
abstract class BodyContract extends ContractServer {
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
  void largeBody_isReplayedCompletely() throws Exception {
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
}
