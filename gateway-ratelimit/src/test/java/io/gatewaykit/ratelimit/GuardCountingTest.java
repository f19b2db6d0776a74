// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSession;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestHead;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each request calls the limiter once, and is charged its actual cost. */
class GuardCountingTest {
  private static final AttributeKey<Long> USED = AttributeKey.of("used");
  private final ManualTicker ticker = new ManualTicker();

  private KeyedLeakyBucket<Object> bucket(Limit limit) {
    return KeyedLeakyBucket.builder().limit(limit).ticker(ticker).build();
  }

  private static GatewayRequest request() {
    return RequestHead.builder("GET", "/").build();
  }

  @ParameterizedTest
  @CsvSource({"true, STANDARD", "true, NONE", "false, NONE", "false, STANDARD", "false, BOTH"})
  void onHead_anyConfiguration_queriesOnce(boolean shadow, HeaderStyle headers) throws Exception {
    List<Object> heard = new ArrayList<>();
    MonitoredLimiter<Object> counted =
        MonitoredLimiter.of(
            bucket(Limit.of(1, Duration.ofHours(1))),
            new RateLimitListener<Object>() {
              @Override
              public void onRejected(Object key, long cost, long retryNanos) {
                heard.add(key);
              }
            });
    RateLimitGuard guard =
        RateLimitGuard.builder("x", counted)
            .key(RequestKey.global())
            .shadow(shadow)
            .headers(headers)
            .build();
    GuardChain chain = GuardChain.of(guard);
    for (int i = 0; i < 11; i++) {
      Verdict verdict = chain.begin().head(request());
      assertThat(verdict instanceof Verdict.Reject).isEqualTo(i > 0 && !shadow);
    }
    assertThat(guard.allowed()).isEqualTo(1);
    assertThat(guard.rejected()).isEqualTo(10);
    assertThat(counted.allowed()).isEqualTo(1);
    assertThat(counted.rejected()).isEqualTo(10);
    assertThat(heard).hasSize(10);
  }

  enum Tier {
    FREE
  }

  record Account(String name, Tier tier, long number) {}

  static Stream<Object> keys() {
    return Stream.of(
        Tier.FREE,
        'c',
        true,
        1.5,
        (byte) 1,
        URI.create("http://x"),
        new byte[] {1, 2},
        new Account("a", Tier.FREE, 7),
        List.of(new Account("a", Tier.FREE, 7), "b"));
  }

  @ParameterizedTest
  @MethodSource("keys")
  void onHead_keysOfOrdinaryTypes_areLimited(Object key) {
    assertThat(passed(request -> key, 1)).isEqualTo(1);
  }

  @Test
  void onHead_keyThatCannotBeLimited_isRejected() {
    assertThat(passed(request -> Stream.of(1), 1)).isZero();
  }

  @Test
  void onHead_costZero_onlyQueries() {
    assertThat(passed(RequestKey.global(), 0)).as("nothing is taken").isEqualTo(100);
    assertThat(passed(RequestKey.global(), -1)).isZero();
  }

  private int passed(Function<GatewayRequest, @Nullable Object> key, long cost) {
    RateLimitGuard guard =
        RateLimitGuard.builder("x", bucket(Limit.of(1, Duration.ofHours(1))))
            .key(key)
            .cost(request -> cost)
            .build();
    GuardChain chain = GuardChain.of(guard);
    int passed = 0;
    for (int i = 0; i < 100; i++) {
      passed += chain.begin().head(request()) instanceof Verdict.Reject ? 0 : 1;
    }
    return passed;
  }

  @Test
  void settle_header_chargesTheTrueCost() {
    KeyedLeakyBucket<Object> tokens = bucket(Limit.perSecond(10).burst(99).nodelay());
    GuardChain chain = chain(tokens, ActualCost.header("x-tokens"));
    assertThat(served(chain, "30")).isInstanceOf(Verdict.Allow.class);
    assertThat(tokens.peek("*", 70).admitted()).isTrue();
    assertThat(tokens.peek("*", 71).admitted()).isFalse();
    served(chain, "no number");
    assertThat(tokens.peek("*", 20).admitted()).as("the estimate stands").isTrue();
    assertThat(tokens.peek("*", 21).admitted()).isFalse();
  }

  @Test
  void settle_attribute_readWhenTheRequestHasEnded() {
    KeyedLeakyBucket<Object> tokens = bucket(Limit.perSecond(10).burst(99).nodelay());
    GuardChain chain = chain(tokens, ActualCost.attribute(USED));
    GatewayRequest request = request();
    GuardSession run = chain.begin();
    run.head(request);
    request.attributes().set(USED, 12L);
    assertThat(tokens.peek("*", 51).admitted()).as("still reserved").isFalse();
    run.complete(request, new Completion(Completion.Kind.SERVED, 200));
    assertThat(tokens.peek("*", 88).admitted()).isTrue();
    assertThat(tokens.peek("*", 89).admitted()).isFalse();
  }

  @Test
  void settle_anotherGuardRejects_costsNothing() {
    KeyedLeakyBucket<Object> tokens = bucket(Limit.perSecond(10).burst(99).nodelay());
    GuardChain chain = chain(tokens, ActualCost.header("x-tokens"));
    GatewayRequest request = request();
    GuardSession run = chain.begin();
    run.head(request);
    run.complete(request, new Completion(Completion.Kind.REJECTED, 403));
    assertThat(tokens.peek("*", 100).admitted()).isTrue();
  }

  private static GuardChain chain(RateLimiter<Object> tokens, ActualCost actual) {
    return GuardChain.of(
        RateLimitGuard.builder("tokens", tokens)
            .key(RequestKey.global())
            .cost(request -> 50)
            .settle(actual)
            .build());
  }

  private static Verdict served(GuardChain chain, String used) {
    GatewayRequest request = request();
    GuardSession run = chain.begin();
    Verdict verdict = run.head(request);
    run.response(request, response(used));
    run.complete(request, new Completion(Completion.Kind.SERVED, 200));
    return verdict;
  }

  private static ResponseHead response(String used) {
    return new ResponseHead() {
      @Override
      public int status() {
        return 200;
      }

      @Override
      public Headers headers() {
        return RequestHead.builder("GET", "/").headers("x-tokens", used).build().headers();
      }

      @Override
      public void addHeader(String name, String value) {
        assertThat(Map.of(name, value)).hasSize(1);
      }

      @Override
      public void setHeader(String name, String value) {
        addHeader(name, value);
      }
    };
  }
}
