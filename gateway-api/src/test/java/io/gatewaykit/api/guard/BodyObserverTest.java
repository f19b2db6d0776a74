// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Completion.Kind;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestHead;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The observers of a chain for the body of a response. */
class BodyObserverTest {
  private final RequestHead request = RequestHead.builder("GET", "/").build();
  private final List<String> calls = new ArrayList<>();

  @Test
  void chain_eachObserver_receivesAllBytes() {
    GuardSession session = GuardChain.of(new Observing("a"), new Observing("b")).begin();
    assertThat(session.wantsResponse()).isTrue();
    BodyObserver body = requireNonNull(session.observeResponseBody(request, new Head(200)));
    ByteBuffer chunk = ByteBuffer.wrap("-one-".getBytes(ISO_8859_1), 1, 3);
    body.onBytes(chunk);
    body.onBytes(bytes("two"));
    assertThat(calls).containsExactly("a one", "b one", "a two", "b two");
    assertThat(chunk.remaining()).as("not consumed").isEqualTo(3);
  }

  @Test
  void chain_withoutObserver_returnsNull() {
    GuardSession session = GuardChain.of(new Observing("none")).begin();
    assertThat(session.observeResponseBody(request, new Head(200))).isNull();
    assertThat(GuardChain.empty().begin().observeResponseBody(request, new Head(200))).isNull();
  }

  @ParameterizedTest
  @CsvSource({"GET, 200, true", "HEAD, 200, false", "GET, 204, false", "GET, 304, false"})
  void chain_responseWithoutBody_hasNoObserver(String method, int status, boolean observed) {
    GuardSession session = GuardChain.of(new Observing("a")).begin();
    RequestHead sent = RequestHead.builder(method, "/").build();
    assertThat(session.observeResponseBody(sent, new Head(status)) != null).isEqualTo(observed);
  }

  @Test
  void chain_failingObserver_isCountedOnceAndSkipped() {
    GuardChain chain = GuardChain.of(new Observing("bad"), new Observing("b"));
    BodyObserver body = requireNonNull(chain.begin().observeResponseBody(request, new Head(200)));
    body.onBytes(bytes("one"));
    body.onBytes(bytes("two"));
    assertThat(calls).containsExactly("bad one", "b one", "b two");
    assertThat(chain.failures("bad")).isEqualTo(1);
  }

  @Test
  void chain_guardThatFailsToReturnAnObserver_isCountedAndSkipped() {
    GuardChain chain = GuardChain.of(new Observing("throws"), new Observing("b"));
    BodyObserver body = requireNonNull(chain.begin().observeResponseBody(request, new Head(200)));
    body.onBytes(bytes("one"));
    assertThat(calls).containsExactly("b one");
    assertThat(chain.failures("throws")).isEqualTo(1);
  }

  @Test
  void complete_endsTheObservation() {
    GuardSession session = GuardChain.of(new Observing("a")).begin();
    session.head(request);
    BodyObserver body = requireNonNull(session.observeResponseBody(request, new Head(200)));
    session.complete(request, new Completion(Kind.CANCELLED, 200));
    body.onBytes(bytes("late"));
    requireNonNull(session.observeResponseBody(request, new Head(200))).onBytes(bytes("later"));
    assertThat(calls).isEmpty();
  }

  @Test
  void bodyThatStartsOver_endsTheFirstObservation() {
    GuardSession session = GuardChain.of(new Observing("a")).begin();
    BodyObserver first = requireNonNull(session.observeResponseBody(request, new Head(200)));
    BodyObserver second = requireNonNull(session.observeResponseBody(request, new Head(200)));
    first.onBytes(bytes("old"));
    second.onBytes(bytes("new"));
    assertThat(calls).containsExactly("a new");
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
  }

  private final class Observing implements Guard {
    private final String name;

    Observing(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Set<Stage> stages() {
      return Set.of(Stage.RESPONSE_BODY);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.allow();
    }

    @Override
    public @Nullable BodyObserver observeResponseBody(
        GatewayRequest request, ResponseHead response) {
      if (name.equals("throws")) {
        throw new IllegalStateException("boom");
      }
      return name.equals("none") ? null : this::observe;
    }

    private void observe(ByteBuffer bytes) {
      calls.add(name + " " + ISO_8859_1.decode(bytes));
      if (name.equals("bad")) {
        throw new IllegalStateException("boom");
      }
    }
  }

  private record Head(int status) implements ResponseHead {
    @Override
    public Headers headers() {
      return Headers.of();
    }

    @Override
    public void addHeader(String name, String value) {}

    @Override
    public void setHeader(String name, String value) {}
  }
}
