// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.guard.Completion.Kind;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class GuardChainTest {
  private static final Rejection NO = Rejection.builder(403, "no", "Forbidden").build();
  private static final Completion SERVED = new Completion(Kind.SERVED, 200);
  private final GatewayRequest request = RequestHead.builder("GET", "/").build();

  @Test
  void head_allAllow_isTheSharedConstant() {
    GuardChain chain =
        GuardChain.of(head("a", r -> Verdict.allow()), head("b", r -> Verdict.allow()));
    assertThat(chain.begin().head(request)).isSameAs(Verdict.allow());
    assertThat(chain.begin()).isSameAs(chain.begin());
  }

  @Test
  void head_reject_endsTheChain() {
    var asked = new ArrayList<String>();
    GuardChain chain =
        GuardChain.of(
            head("a", r -> note(asked, "a", Verdict.delay(Duration.ofMillis(5)))),
            head("b", r -> note(asked, "b", Verdict.reject(NO))),
            head("c", r -> note(asked, "c", Verdict.allow())));
    assertThat(chain.begin().head(request)).isEqualTo(Verdict.reject(NO));
    assertThat(asked).containsExactly("a", "b");
  }

  @Test
  void head_delays_longestCounts() {
    GuardChain chain =
        GuardChain.of(
            head("a", r -> Verdict.delayNanos(5)),
            head("b", r -> Verdict.delayNanos(9)),
            head("c", r -> Verdict.delayNanos(7)));
    assertThat(chain.begin().head(request)).isEqualTo(new Verdict.Delay(9));
  }

  @Test
  void head_pending_callsTheRemainingGuardsAfterwards() {
    var later = new CompletableFuture<Verdict>();
    var asked = new ArrayList<String>();
    GuardChain chain =
        GuardChain.of(
            head("a", r -> Verdict.delayNanos(3)),
            head("b", r -> Verdict.pending(later)),
            head("c", r -> note(asked, "c", Verdict.allow())));
    Verdict verdict = chain.begin().head(request);
    CompletableFuture<? extends Verdict> result =
        ((Verdict.Pending) verdict).verdict().toCompletableFuture();
    assertThat(result).isNotDone();
    assertThat(asked).isEmpty();
    later.complete(Verdict.delayNanos(8));
    assertThat(result).isCompletedWithValueMatching(v -> v.equals(new Verdict.Delay(8)));
    assertThat(asked).containsExactly("c");
  }

  @Test
  void head_pendingFails_followsFailureMode() {
    for (FailureMode mode : FailureMode.values()) {
      GuardChain chain =
          GuardChain.of(
              new FailingGuard(
                  mode,
                  r ->
                      Verdict.pending(
                          CompletableFuture.failedFuture(new RuntimeException("store")))));
      var pending = (Verdict.Pending) chain.begin().head(request);
      Verdict verdict = pending.verdict().toCompletableFuture().join();
      assertThat(verdict instanceof Verdict.Reject).isEqualTo(mode == FailureMode.FAIL_CLOSED);
      assertThat(chain.failures("failing")).isEqualTo(1);
    }
  }

  @Test
  void head_guardThrows_followsFailureModeAndIsCounted() {
    var heard = new ArrayList<Throwable>();
    for (FailureMode mode : FailureMode.values()) {
      GuardChain chain =
          GuardChain.builder()
              .guard(
                  new FailingGuard(
                      mode,
                      r -> {
                        throw new IllegalStateException("boom");
                      }))
              .listener(
                  new GuardListener() {
                    @Override
                    public void onFailure(
                        GatewayRequest r, Guard g, Stage stage, Throwable failure) {
                      heard.add(failure);
                      throw new IllegalStateException("listener");
                    }
                  })
              .build();
      Verdict verdict = chain.begin().head(request);
      if (mode == FailureMode.FAIL_OPEN) {
        assertThat(verdict).isSameAs(Verdict.allow());
      } else {
        assertThat(((Verdict.Reject) verdict).rejection().status()).isEqualTo(503);
      }
      assertThat(chain.failures("failing")).isEqualTo(1);
    }
    assertThat(heard).hasSize(2);
  }

  @Test
  void inspectBody_callsGuardsWithBodyStageOnly() {
    var seen = new ArrayList<String>();
    GuardChain chain =
        GuardChain.of(
            new BodyGuard("small", 10, seen),
            new BodyGuard("none", 0, seen),
            new BodyGuard("large", 100, seen));
    GuardSession run = chain.begin();
    run.head(request);
    BodyInspector body = requireNonNull(run.inspectBody(request));
    assertThat(body.holdBytes()).isEqualTo(100);
    assertThat(body.onHeld(true)).isSameAs(Verdict.allow());
    assertThat(seen).containsExactly("small", "large");
  }

  @Test
  void inspectBody_throws_followsFailureModeWhenThereIsABody() {
    for (FailureMode mode : FailureMode.values()) {
      var seen = new ArrayList<String>();
      GuardChain chain =
          GuardChain.of(new UndecidedBodyGuard(mode), new BodyGuard("sound", 10, seen));
      GuardSession run = chain.begin();
      run.head(request);
      BodyInspector body = requireNonNull(run.inspectBody(request));
      assertThat(body.holdBytes()).isEqualTo(10);
      Verdict verdict = body.onHeld(true);
      if (mode == FailureMode.FAIL_OPEN) {
        assertThat(verdict).isSameAs(Verdict.allow());
        assertThat(seen).containsExactly("sound");
      } else {
        assertThat(((Verdict.Reject) verdict).rejection().status()).isEqualTo(503);
        assertThat(seen).isEmpty();
      }
      assertThat(chain.failures("undecided")).isEqualTo(1);
    }
    GuardSession alone = GuardChain.of(new UndecidedBodyGuard(FailureMode.FAIL_CLOSED)).begin();
    BodyInspector refusing = requireNonNull(alone.inspectBody(request));
    assertThat(refusing.onHeld(true)).isInstanceOf(Verdict.Reject.class);
  }

  @Test
  void complete_afterReject_notifiesCalledGuardsOnce() {
    var told = new ArrayList<String>();
    GuardChain chain =
        GuardChain.of(
            new CompletionGuard("a", r -> Verdict.allow(), told),
            new CompletionGuard("b", r -> Verdict.reject(NO), told),
            new CompletionGuard("c", r -> Verdict.allow(), told));
    GuardSession run = chain.begin();
    run.head(request);
    run.complete(request, new Completion(Kind.REJECTED, 403));
    run.complete(request, SERVED);
    assertThat(told).containsExactly("a REJECTED", "b REJECTED");
  }

  @Test
  void complete_whilePending_laterGuardsAreNeitherCalledNorNotified() {
    var later = new CompletableFuture<Verdict>();
    var told = new ArrayList<String>();
    GuardChain chain =
        GuardChain.of(
            new CompletionGuard("a", r -> Verdict.pending(later), told),
            new CompletionGuard(
                "b",
                r -> {
                  throw new AssertionError("asked after the end");
                },
                told));
    GuardSession run = chain.begin();
    run.head(request);
    run.complete(request, new Completion(Kind.CANCELLED, 0));
    later.complete(Verdict.allow());
    assertThat(told).containsExactly("a CANCELLED");
    assertThat(chain.failures("b")).isZero();
  }

  @Test
  @Timeout(60)
  void complete_racingWithPending_everyCalledGuardIsNotifiedOnce() throws Exception {
    var pool = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < 5_000; round++) {
        var asked = new AtomicInteger();
        var told = new AtomicInteger();
        var later = new CompletableFuture<Verdict>();
        GuardChain chain =
            GuardChain.of(
                new CompletionGuard("a", r -> Verdict.pending(later), new ArrayList<>()),
                new CountingGuard(asked, told));
        GuardSession run = chain.begin();
        run.head(request);
        var barrier = new CyclicBarrier(2);
        var one = pool.submit(() -> barrier.await() >= 0 && later.complete(Verdict.allow()));
        var two =
            pool.submit(() -> {
              barrier.await();
              run.complete(request, SERVED);
              return true;
            });
        one.get();
        two.get();
        assertThat(told.get()).as("round %d", round).isEqualTo(asked.get());
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void build_duplicateName_isRejected() {
    assertThatThrownBy(
            () -> GuardChain.of(head("a", r -> Verdict.allow()), head("a", r -> Verdict.allow())))
        .hasMessage("guard: \"a\" (expected: a name no other guard of the chain has)");
  }

  @Test
  void problemJson_rendersAndEscapes() {
    Rejection rejection =
        Rejection.builder(429, "rate_limited", "Too \"Many\"\n")
            .detail("\u0001\uD800")
            .retryAfter(Duration.ofMillis(1001))
            .extension("violated-policies", List.of("a", "b"))
            .extension("n", 3)
            .header("X-A", "1")
            .build();
    var response = RejectionRenderer.problemJson().render(request, rejection);
    assertThat(response.body())
        .isEqualTo(
            "{\"type\":\"about:blank\",\"title\":\"Too \\\"Many\\\"\\u000a\",\"status\":429,"
                + "\"detail\":\"\\u0001\\ud800\",\"violated-policies\":[\"a\",\"b\"],\"n\":3}");
    assertThat(response.headers())
        .extracting(e -> e.getKey() + ": " + e.getValue())
        .contains("Retry-After: 2", "X-A: 1", "Content-Type: application/problem+json");
  }

  @Test
  void rejection_invalidParts_areRejected() {
    Rejection.Builder builder = Rejection.builder(400, "bad", "Bad");
    assertThatThrownBy(() -> Rejection.builder(200, "x", "x")).hasMessageContaining("status: 200");
    assertThatThrownBy(() -> builder.header("X", "a\r\nSet-Cookie: b"))
        .hasMessageContaining("line break");
    assertThatThrownBy(() -> builder.extension("status", 1)).hasMessageContaining("status");
    assertThatThrownBy(() -> builder.extension("o", new Object()))
        .hasMessageContaining("java.lang.Object");
    assertThatThrownBy(() -> builder.retryAfter(Duration.ofSeconds(-1)))
        .hasMessageContaining("retryAfter");
  }

  private static Verdict note(List<String> notes, String note, Verdict verdict) {
    notes.add(note);
    return verdict;
  }

  private static Guard head(String name, Function<GatewayRequest, Verdict> onHead) {
    return new Guard() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Verdict onHead(GatewayRequest request) {
        return onHead.apply(request);
      }
    };
  }

  private record FailingGuard(FailureMode failureMode, Function<GatewayRequest, Verdict> onHead)
      implements Guard {
    @Override
    public String name() {
      return "failing";
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return onHead.apply(request);
    }
  }

  private record BodyGuard(String name, int wanted, List<String> seen) implements Guard {
    @Override
    public Set<Stage> stages() {
      return EnumSet.of(Stage.HEAD, Stage.BODY);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.allow();
    }

    @Override
    public @Nullable BodyInspector inspectBody(GatewayRequest request) {
      return wanted == 0
          ? null
          : BodyInspector.buffering(
              wanted,
              body -> {
                seen.add(name);
                return Verdict.allow();
              });
    }
  }

  private record UndecidedBodyGuard(FailureMode failureMode) implements Guard {
    @Override
    public String name() {
      return "undecided";
    }

    @Override
    public Set<Stage> stages() {
      return EnumSet.of(Stage.BODY);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.allow();
    }

    @Override
    public @Nullable BodyInspector inspectBody(GatewayRequest request) {
      throw new IllegalStateException("boom");
    }
  }

  private record CompletionGuard(
      String name, Function<GatewayRequest, Verdict> onHead, List<String> told) implements Guard {
    @Override
    public Set<Stage> stages() {
      return EnumSet.of(Stage.HEAD, Stage.COMPLETION);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return onHead.apply(request);
    }

    @Override
    public void onComplete(GatewayRequest request, Completion completion) {
      told.add(name + " " + completion.kind());
    }
  }

  private record CountingGuard(AtomicInteger asked, AtomicInteger told) implements Guard {
    @Override
    public String name() {
      return "counting";
    }

    @Override
    public Set<Stage> stages() {
      return EnumSet.of(Stage.HEAD, Stage.COMPLETION);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      asked.incrementAndGet();
      return Verdict.allow();
    }

    @Override
    public void onComplete(GatewayRequest request, Completion completion) {
      told.incrementAndGet();
    }
  }
}
