// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.ratelimit.Limit;
import io.lettuce.core.RedisClient;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A null argument is rejected where it is given, with the name of the parameter. */
@SuppressWarnings("NullAway")
class NullArgumentsTest {
  /** Never answers. */
  private static final class Silent implements ScriptClient {
    @Override
    public CompletionStage<List<Object>> evalsha(String sha, String key, List<String> arguments) {
      return new CompletableFuture<>();
    }

    @Override
    public CompletionStage<List<Object>> eval(String text, String key, List<String> arguments) {
      return new CompletableFuture<>();
    }
  }

  private static final RedisStore store =
      RedisStore.builder(new Silent()).startWithoutRedis().build();

  @AfterAll
  static void stop() {
    store.close();
  }

  private static Arguments row(String name, ThrowingCallable call) {
    return Arguments.of(name, call);
  }

  static Stream<Arguments> calls() {
    return Stream.of(
        row("client", () -> RedisStore.builder((RedisClient) null)),
        row("client", () -> RedisStore.builder((ScriptClient) null)),
        row("deadline", () -> RedisStore.builder(new Silent()).deadline(null)),
        row("listener", () -> RedisStore.builder(new Silent()).listener(null)),
        row("jedis", () -> JedisScripts.of(null, Runnable::run)),
        row("store", () -> RedisLeakyBucket.builder(null, "x")),
        row("name", () -> RedisLeakyBucket.builder(store, null)),
        row("limit", () -> RedisLeakyBucket.builder(store, "x").limit(null)),
        row("resolver", () -> RedisLeakyBucket.builder(store, "x").limits(null)),
        row("keyText", () -> RedisLeakyBucket.builder(store, "x").keyText(null)),
        row("policy", () -> RedisLeakyBucket.builder(store, "x").failurePolicy(null)),
        row("life", () -> RedisLeakyBucket.builder(store, "x").lease(1, null)),
        row("limit", () -> RedisWindowCounter.builder(store, "x").fixed(null)),
        row("limit", () -> RedisWindowCounter.builder(store, "x").sliding(null)),
        row("limit", () -> RedisWindowCounter.builder(store, "x").slidingEstimate(null)),
        row(
            "unit",
            () -> RedisWindowCounter.builder(store, "x").calendar(1, null, ZoneId.of("UTC"))),
        row(
            "zone",
            () -> RedisWindowCounter.builder(store, "x").calendar(1, ChronoUnit.DAYS, null)),
        row(
            "limit",
            () ->
                RedisWindowCounter.builder(store, "x")
                    .fixed(Limit.perSecond(1))
                    .build()
                    .reconfigure(null)),
        row("latency", () -> RedisConcurrencyLimiter.builder(store, "x").usualLatency(null)),
        row("maxHold", () -> RedisConcurrencyLimiter.builder(store, "x").maxHold(null)));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void call_null_isNamed(String name, ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(NullPointerException.class).hasMessage(name);
  }
}
