// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.ratelimit.Limit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The builders refuse a setting that is made twice. */
class BuilderTest {
  private static final ScriptClient SILENT =
      new ScriptClient() {
        @Override
        public CompletionStage<List<Object>> evalsha(
            String sha, String key, List<String> arguments) {
          return new CompletableFuture<>();
        }

        @Override
        public CompletionStage<List<Object>> eval(String text, String key, List<String> arguments) {
          return new CompletableFuture<>();
        }
      };

  private static final RedisStore STORE = RedisStore.builder(SILENT).startWithoutRedis().build();

  @AfterAll
  static void stop() {
    STORE.close();
  }

  private static Arguments store(String setting, UnaryOperator<RedisStore.Builder> set) {
    return twice(setting, RedisStore.builder(SILENT), set);
  }

  private static Arguments bucket(
      String setting, UnaryOperator<RedisLeakyBucket.Builder<String>> set) {
    return twice(setting, RedisLeakyBucket.builder(STORE, "n"), set);
  }

  private static Arguments permits(
      String setting, UnaryOperator<RedisConcurrencyLimiter.Builder<String>> set) {
    return twice(setting, RedisConcurrencyLimiter.builder(STORE, "n"), set);
  }

  private static <B> Arguments twice(String setting, B builder, UnaryOperator<B> set) {
    Runnable settingTwice =
        () -> {
          B unused = set.apply(set.apply(builder));
        };
    return Arguments.of(setting, settingTwice);
  }

  static Stream<Arguments> settings() {
    return Stream.of(
        store("deadline", b -> b.deadline(Duration.ofMillis(5))),
        store("breaker", b -> b.breaker(1, Duration.ofMillis(1), Duration.ofMillis(1))),
        store("maxInFlight", b -> b.maxInFlight(1)),
        store("startWithoutRedis", b -> b.startWithoutRedis()),
        store("listener", b -> b.listener(new RedisStoreListener() {})),
        store("seed", b -> b.seed(1)),
        bucket("limit", b -> b.limit(Limit.perSecond(1))),
        bucket("coalescing", b -> b.coalescing(true)),
        bucket("denyCache", b -> b.denyCache(true)),
        bucket("lease", b -> b.lease(1, Duration.ofMillis(1))),
        bucket("nodes", b -> b.nodes(2)),
        bucket("failurePolicy", b -> b.failurePolicy(FailurePolicy.OPEN)),
        permits("max", b -> b.max(1)),
        permits("burst", b -> b.burst(1)),
        permits("usualLatency", b -> b.usualLatency(Duration.ofMillis(1))),
        permits("maxHold", b -> b.maxHold(Duration.ofMillis(1))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void setting_madeTwice_isRejected(String setting, Runnable twice) {
    assertThatThrownBy(twice::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(setting + ": ")
        .hasMessageContaining("expected: set once");
  }
}
