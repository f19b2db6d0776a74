// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.guard.BodyObserver;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSession;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestHead;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The actual cost of a request, read from its response body. */
class JsonMemberCostTest {
  private static final ActualCost TOKENS = ActualCost.jsonMember("total_tokens");

  private static final Completion SERVED = new Completion(Completion.Kind.SERVED, 200);

  private record Head(Headers headers) implements ResponseHead {
    @Override
    public int status() {
      return 200;
    }

    @Override
    public void addHeader(String name, String value) {}

    @Override
    public void setHeader(String name, String value) {}
  }

  private static GatewayRequest request() {
    return RequestHead.builder("POST", "/v1/chat/completions").build();
  }

  private static long cost(String body) {
    GatewayRequest request = request();
    observer(request).onBytes(ByteBuffer.wrap(body.getBytes(UTF_8)));
    return TOKENS.onComplete(request, SERVED, 4_000);
  }

  private static BodyObserver observer(GatewayRequest request, String... fields) {
    BodyObserver observer = TOKENS.observeResponseBody(request, new Head(Headers.of(fields)));
    return requireNonNull(observer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"usage":{"prompt_tokens":9,"total_tokens":21}}         | 21
          {"total_tokens" : 7 , "x":1}                            | 7
          {"total_tokens":\t0}                                    | 0
          {"total_tokens":12                                      | -1
          {"total_tokens":5,"x":1}{"total_tokens":12              | 5
          {"total_tokens":1}{"total_tokens":2}                    | 2
          {"total_tokens":900,"echo":{"total_tokens":1}}          | 900
          {"total_tokens":5,"usage":null}                         | 5
          {"x":"total_tokens","total_tokens_details":4}           | -1
          {"content":"say \\"total_tokens\\": 99 please"}         | -1
          {"content":"\\"total_tokens\\": 99","total_tokens":3}   | 3
          {"total_tokens":null}                                   | -1
          {"total_tokens":"8"}                                    | -1
          {"total_tokens":-8}                                     | -1
          {"total_tokens":1.5}                                    | -1
          {"total_tokens":2e3}                                    | -1
          {"total_tokens":4,"total_tokens":null}                  | 4
          {"total_tokens":999999999999999999}                     | 999999999999999999
          {"total_tokens":9999999999999999999}                    | -1
          {""total_tokens":6}                                     | 6
          {}                                                      | -1
          """)
  void cost_isTheLargestWholeNumberOfTheMember(String body, long expected) {
    assertThat(cost(body)).isEqualTo(expected);
  }

  @Test
  void read_streamInAnyChunks_findsTheUsageOfItsEnd() {
    String stream =
        """
        data: {"choices":[{"delta":{"content":"a \\"total_tokens\\": 5 b"}}],"usage":null}

        data: {"choices":[],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29}}

        data: [DONE]

        """;
    byte[] bytes = stream.getBytes(UTF_8);
    var random = new SplittableRandom(4);
    for (int i = 0; i < 2000; i++) {
      GatewayRequest request = request();
      BodyObserver observer = observer(request);
      for (int from = 0; from < bytes.length; ) {
        int to = Math.min(bytes.length, from + 1 + random.nextInt(40));
        ByteBuffer chunk = ByteBuffer.wrap(bytes, from, to - from);
        observer.onBytes(random.nextBoolean() ? chunk : chunk.asReadOnlyBuffer().slice());
        assertThat(chunk.remaining()).as("not consumed").isEqualTo(to - from);
        from = to;
      }
      assertThat(TOKENS.onComplete(request, SERVED, 4_000)).isEqualTo(29);
    }
  }

  @Test
  void guard_settlesToTheCostInTheBody() {
    KeyedLeakyBucket<Object> bucket = bucket();
    GuardChain chain = chain(bucket);
    serve(chain, "{\"usage\":{\"total_tokens\":1200}}");
    assertThat(bucket.peek(global(), 1).remaining()).isEqualTo(8_799);
    serve(chain, "{\"error\":\"overloaded\"}");
    assertThat(bucket.peek(global(), 1).remaining()).as("the estimate").isEqualTo(4_799);
  }

  @ParameterizedTest
  @CsvSource({
    "SERVED, 1, 9_998",
    "CANCELLED, 1, 5_999",
    "FAILED, 1, 5_999",
    "CANCELLED, 7_000, 2_999",
    "FAILED, -1, 5_999"
  })
  void guard_streamNotCompleted_settlesToNoLessThanTheEstimate(
      Completion.Kind kind, String tokens, String remaining) {
    KeyedLeakyBucket<Object> bucket = bucket();
    GuardChain chain = chain(bucket);
    serve(chain, "{\"total_tokens\":" + tokens.replace("_", "") + "}\n", kind);
    assertThat(bucket.peek(global(), 1).remaining())
        .isEqualTo(Long.parseLong(remaining.replace("_", "")));
  }

  @ParameterizedTest
  @CsvSource({"gzip, false", "br, false", "identity, true", "Identity, true"})
  void compressedBody_isNotRead(String coding, boolean read) {
    var head = new Head(Headers.of("Content-Encoding", coding));
    assertThat(TOKENS.observeResponseBody(request(), head) != null).isEqualTo(read);
  }

  @Test
  void bodyThatStartsOver_countsOnlyTheLast() {
    GatewayRequest request = request();
    observer(request).onBytes(ByteBuffer.wrap("{\"total_tokens\":9}".getBytes(UTF_8)));
    observer(request).onBytes(ByteBuffer.wrap("{\"total_tokens\":2}".getBytes(UTF_8)));
    assertThat(TOKENS.onComplete(request, SERVED, 1)).isEqualTo(2);
  }

  @Test
  void guard_requestItDoesNotLimit_isNotObserved() {
    RateLimitGuard guard =
        RateLimitGuard.builder("tokens", bucket()).key(request -> null).settle(TOKENS).build();
    GatewayRequest request = request();
    assertThat(guard.onHead(request)).isSameAs(Verdict.allow());
    assertThat(guard.observeResponseBody(request, new Head(Headers.of()))).isNull();
  }

  private static KeyedLeakyBucket<Object> bucket() {
    return KeyedLeakyBucket.builder()
        .limit(Limit.perSecond(1).burst(9_999).nodelay())
        .ticker(new ManualTicker())
        .build();
  }

  private static GuardChain chain(KeyedLeakyBucket<Object> bucket) {
    return GuardChain.of(
        RateLimitGuard.builder("tokens", bucket)
            .key(RequestKey.global())
            .cost(request -> 4_000)
            .settle(TOKENS)
            .build());
  }

  private static Object global() {
    return requireNonNull(RequestKey.global().apply(request()), "key");
  }

  private static void serve(GuardChain chain, String body) {
    serve(chain, body, Completion.Kind.SERVED);
  }

  private static void serve(GuardChain chain, String body, Completion.Kind kind) {
    GatewayRequest request = request();
    GuardSession session = chain.begin();
    assertThat(session.head(request)).isSameAs(Verdict.allow());
    var head = new Head(Headers.of());
    session.response(request, head);
    BodyObserver observer = requireNonNull(session.observeResponseBody(request, head));
    observer.onBytes(ByteBuffer.wrap(body.getBytes(UTF_8)));
    session.complete(request, new Completion(kind, 200));
  }

  @Test
  void member_badName_isRejected() {
    assertThatThrownBy(() -> ActualCost.jsonMember(""))
        .hasMessage("member:  (expected: a name in printable ASCII without quotes or backslashes)");
    assertThatThrownBy(() -> ActualCost.jsonMember("a\"b"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
