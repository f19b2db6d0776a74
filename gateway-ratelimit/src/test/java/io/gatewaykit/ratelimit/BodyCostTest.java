package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSession;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The actual cost of a request, read from its response body. */
class BodyCostTest {
  private static final BodyCost TOKENS = BodyCost.member("total_tokens");

  private static GatewayRequest request() {
    return RequestHead.builder("POST", "/v1/chat/completions").build();
  }

  private static long cost(String body) {
    BodyCost.Reader reader = TOKENS.reader(request());
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    reader.read(bytes, 0, bytes.length);
    return reader.cost();
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
    byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
    var random = new SplittableRandom(4);
    for (int i = 0; i < 2000; i++) {
      BodyCost.Reader reader = TOKENS.reader(request());
      for (int from = 0; from < bytes.length; ) {
        int to = Math.min(bytes.length, from + 1 + random.nextInt(40));
        if (random.nextBoolean()) {
          reader.read(bytes, from, to - from);
        } else {
          ByteBuffer chunk = ByteBuffer.wrap(bytes, from, to - from);
          reader.read(chunk);
          assertThat(chunk.remaining()).as("not consumed").isEqualTo(to - from);
        }
        from = to;
      }
      assertThat(reader.cost()).isEqualTo(29);
    }
  }

  @Test
  void guard_settlesToTheCostInTheBody() {
    KeyedLeakyBucket<Object> bucket = bucket();
    GuardChain chain = chain(bucket);
    serve(chain, "{\"usage\":{\"total_tokens\":1200}}");
    assertThat(bucket.peek(everybody(), 1).remaining()).isEqualTo(8_799);
    serve(chain, "{\"error\":\"overloaded\"}");
    assertThat(bucket.peek(everybody(), 1).remaining()).as("the estimate").isEqualTo(4_799);
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
      Completion.How how, String tokens, String remaining) {
    KeyedLeakyBucket<Object> bucket = bucket();
    GuardChain chain = chain(bucket);
    serve(chain, "{\"total_tokens\":" + tokens.replace("_", "") + "}\n", how);
    assertThat(bucket.peek(everybody(), 1).remaining())
        .isEqualTo(Long.parseLong(remaining.replace("_", "")));
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
            .key(RequestKey.everybody())
            .cost(request -> 4_000)
            .settle(TOKENS)
            .build());
  }

  private static Object everybody() {
    return requireNonNull(RequestKey.everybody().apply(request()), "key");
  }

  private static void serve(GuardChain chain, String body) {
    serve(chain, body, Completion.How.SERVED);
  }

  private static void serve(GuardChain chain, String body, Completion.How how) {
    GatewayRequest request = request();
    GuardSession run = chain.begin();
    assertThat(run.head(request)).isSameAs(Verdict.allow());
    TOKENS.reader(request).read(ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)));
    run.complete(request, new Completion(how, 200));
  }

  @Test
  void member_badName_isRejected() {
    assertThatThrownBy(() -> BodyCost.member(""))
        .hasMessage("member:  (expected: a name in printable ASCII without quotes or backslashes)");
    assertThatThrownBy(() -> BodyCost.member("a\"b")).isInstanceOf(IllegalArgumentException.class);
  }
}
