// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.tck.ArchitectureRules;
import io.gatewaykit.ratelimit.Limit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(
        RedisStore.class,
        "io.gatewaykit.ratelimit..",
        "io.lettuce.core..",
        "redis.clients.jedis..",
        "org.slf4j..");
  }

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

  private final RedisStore store = RedisStore.builder(SILENT).startWithoutRedis().build();

  @AfterAll
  void stop() {
    store.close();
  }

  @Override
  protected Set<String> addingSetters() {
    return Set.of(
        "RedisWindowCounterBuilder.calendar",
        "RedisWindowCounterBuilder.fixed",
        "RedisWindowCounterBuilder.sliding",
        "RedisWindowCounterBuilder.slidingEstimate");
  }

  @Override
  protected Map<Object, Object> settingSamples() {
    return Map.of(
        RedisStore.class,
        store,
        RedisStore.Builder.class,
        (Supplier<Object>) () -> RedisStore.builder(SILENT),
        RedisWindowCounterBuilder.class,
        (Supplier<Object>) () -> RedisWindowCounter.builder(store, "n").fixed(Limit.perSecond(1)),
        RedisLimiterBuilder.class,
        (Supplier<Object>) () -> RedisLeakyBucket.builder(store, "n"));
  }

  /** The default clock of calendar windows. */
  @Override
  protected Set<String> clockReaders() {
    return Set.of(RedisWindowCounterBuilder.class.getName());
  }
}
