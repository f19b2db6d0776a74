// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Runs scripts through Jedis 7.2 or later, whose pooled and cluster clients all extend {@link
 * UnifiedJedis}. Jedis blocks, so each call occupies a thread of the executor and a connection
 * until the reply arrives: size both accordingly, and set the client's timeout close to the store's
 * deadline. Set its maximum number of attempts to 1: a script that is sent again charges again.
 */
public final class JedisScripts implements ScriptClient {
  private final UnifiedJedis jedis;
  private final Executor executor;

  private JedisScripts(UnifiedJedis jedis, Executor executor) {
    this.jedis = requireNonNull(jedis, "jedis");
    this.executor = requireNonNull(executor, "executor");
  }

  /** Returns a client for {@link RedisStore#builder(ScriptClient)}; Jedis remains the caller's. */
  public static ScriptClient of(UnifiedJedis jedis, Executor executor) {
    return new JedisScripts(jedis, executor);
  }

  @Override
  public CompletionStage<List<Object>> evalsha(String sha, String key, List<String> arguments) {
    return run(() -> jedis.evalsha(sha, List.of(key), arguments));
  }

  @Override
  public CompletionStage<List<Object>> eval(String text, String key, List<String> arguments) {
    return run(() -> jedis.eval(text, List.of(key), arguments));
  }

  @SuppressWarnings("unchecked") // the scripts return lists
  private CompletionStage<List<Object>> run(Supplier<Object> call) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return (List<Object>) call.get();
          } catch (JedisDataException e) {
            throw new ScriptErrorException(String.valueOf(e.getMessage()));
          }
        },
        executor);
  }
}
