// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.guard.Completion.Kind;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BodyInspectorTest {
  private static final Rejection NO = Rejection.builder(403, "no", "Forbidden").build();
  private final RequestHead request = RequestHead.builder("POST", "/").build();
  private final List<String> calls = new ArrayList<>();

  @Test
  void chain_longBody_isStreamedToEveryInspector() {
    BodyInspector body =
        inspector(new StreamGuard("a", 4, "never"), new StreamGuard("b", 8, "never"));
    assertThat(body.holdBytes()).isEqualTo(8);
    assertThat(body.onBytes(bytes("123456789"))).isNull();
    assertThat(body.onHeld(false)).isSameAs(Verdict.allow());
    assertThat(body.inspectsRest()).isTrue();
    assertThat(body.onBytes(bytes("rest"))).isNull();
    assertThat(body.onEnd()).isNull();
    assertThat(calls)
        .containsExactly(
            "a 123456789", "b 123456789", "a held", "b held", "a rest", "b rest", "a end", "b end");
  }

  @Test
  void chain_rejectionInMidStream_isReturnedAndTheNextGuardNotCalled() {
    BodyInspector body =
        inspector(new StreamGuard("a", 0, "evil"), new StreamGuard("b", 0, "never"));
    body.onHeld(false);
    assertThat(body.onBytes(bytes("evil"))).isSameAs(NO);
    assertThat(calls).containsExactly("a held", "b held", "a evil");
  }

  @Test
  void chain_inspectorThatReadsItsBuffer_doesNotAffectTheNext() {
    BodyInspector body =
        inspector(new StreamGuard("a", 0, "never"), new StreamGuard("b", 0, "never"));
    ByteBuffer chunk = bytes("xy");
    body.onBytes(chunk);
    assertThat(calls).containsExactly("a xy", "b xy");
    assertThat(chunk.remaining()).isEqualTo(2);
  }

  @Test
  void chain_failingOpenInspector_isSkippedForTheRest() {
    GuardChain chain = GuardChain.of(new ThrowingGuard(FailureMode.FAIL_OPEN));
    BodyInspector body = requireNonNull(chain.begin().inspectBody(request));
    assertThat(body.onBytes(bytes("x"))).isNull();
    assertThat(body.onBytes(bytes("x"))).isNull();
    assertThat(chain.failures("throwing")).isEqualTo(1);
    assertThat(body.inspectsRest()).isFalse();
  }

  @Test
  void chain_failingClosedInspector_rejects() {
    GuardChain chain = GuardChain.of(new ThrowingGuard(FailureMode.FAIL_CLOSED));
    BodyInspector body = requireNonNull(chain.begin().inspectBody(request));
    assertThat(requireNonNull(body.onBytes(bytes("x"))).status()).isEqualTo(503);
    assertThat(chain.failures("throwing")).isEqualTo(1);
  }

  @Test
  void complete_closesOnce_andNothingIsInspectedAfterwards() {
    GuardSession run = GuardChain.of(new StreamGuard("a", 0, "evil")).begin();
    BodyInspector body = requireNonNull(run.inspectBody(request));
    run.complete(request, new Completion(Kind.CANCELLED, 0));
    run.complete(request, new Completion(Kind.CANCELLED, 0));
    assertThat(body.onBytes(bytes("evil"))).isNull();
    assertThat(body.onEnd()).isNull();
    assertThat(calls).containsExactly("a close");
  }

  @Test
  void inspectBody_afterCompletion_closesTheInspector() {
    GuardSession run = GuardChain.of(new StreamGuard("a", 0, "evil")).begin();
    run.complete(request, new Completion(Kind.CANCELLED, 0));
    run.inspectBody(request);
    assertThat(calls).containsExactly("a close");
  }

  @Test
  void buffering_evaluatesTheFirstBytes_andReportsWhetherTheyAreComplete() {
    for (boolean ended : new boolean[] {true, false}) {
      calls.clear();
      BodyInspector body =
          BodyInspector.buffering(
              4,
              view -> {
                calls.add(ISO_8859_1.decode(view.bytes()) + " " + view.complete());
                return Verdict.allow();
              });
      body.onBytes(bytes("ab"));
      body.onBytes(bytes("cd"));
      body.onHeld(ended);
      assertThat(calls).containsExactly("abcd " + ended);
    }
    calls.clear();
    BodyInspector body =
        BodyInspector.buffering(
            4,
            view -> {
              calls.add(ISO_8859_1.decode(view.bytes()) + " " + view.complete());
              return Verdict.allow();
            });
    body.onBytes(bytes("abcde"));
    body.onHeld(true);
    body.onBytes(bytes("f"));
    assertThat(calls).containsExactly("abcd false");
    assertThat(body.inspectsRest()).isFalse();
  }

  @Test
  void buffering_negativeSize_isRejected() {
    assertThatThrownBy(() -> BodyInspector.buffering(-1, view -> Verdict.allow()))
        .hasMessage("maxBytes: -1 (expected: >= 0)");
  }

  private BodyInspector inspector(Guard... guards) {
    return requireNonNull(GuardChain.of(guards).begin().inspectBody(request));
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
  }

  private final class StreamGuard implements Guard, BodyInspector {
    private final String name;
    private final int holdBytes;
    private final String rejected;

    StreamGuard(String name, int holdBytes, String rejected) {
      this.name = name;
      this.holdBytes = holdBytes;
      this.rejected = rejected;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Set<Stage> stages() {
      return Set.of(Stage.HEAD, Stage.BODY);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.allow();
    }

    @Override
    public BodyInspector inspectBody(GatewayRequest request) {
      return this;
    }

    @Override
    public int holdBytes() {
      return holdBytes;
    }

    @Override
    public @Nullable Rejection onBytes(ByteBuffer bytes) {
      String text = ISO_8859_1.decode(bytes).toString();
      calls.add(name + " " + text);
      return text.contains(rejected) ? NO : null;
    }

    @Override
    public Verdict onHeld(boolean complete) {
      calls.add(name + " held");
      return Verdict.allow();
    }

    @Override
    public @Nullable Rejection onEnd() {
      calls.add(name + " end");
      return null;
    }

    @Override
    public void close() {
      calls.add(name + " close");
    }
  }

  private record ThrowingGuard(FailureMode failureMode) implements Guard {
    @Override
    public String name() {
      return "throwing";
    }

    @Override
    public Set<Stage> stages() {
      return Set.of(Stage.BODY);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.allow();
    }

    @Override
    public BodyInspector inspectBody(GatewayRequest request) {
      return new BodyInspector() {
        @Override
        public int holdBytes() {
          return 0;
        }

        @Override
        public @Nullable Rejection onBytes(ByteBuffer bytes) {
          throw new IllegalStateException("boom");
        }

        @Override
        public Verdict onHeld(boolean complete) {
          return Verdict.allow();
        }
      };
    }
  }
}
