// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that wait for a verdict, and requests that the application answers late. */
abstract class WaitingContract extends BodyContract {
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
  void clientDisconnectedWhileWaiting_isReportedOnce() throws Exception {
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
}
