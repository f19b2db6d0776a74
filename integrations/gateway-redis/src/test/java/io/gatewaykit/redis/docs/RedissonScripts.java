// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis.docs;

import io.gatewaykit.redis.ScriptClient;
import io.gatewaykit.redis.ScriptErrorException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisException;
import org.redisson.client.codec.StringCodec;

/** Runs scripts by Redisson: the adapter of docs/redis.md, outside of the package. */
public record RedissonScripts(RedissonClient redisson) implements ScriptClient {
  @Override
  public CompletionStage<List<Object>> evalsha(String sha, String key, List<String> arguments) {
    RScript scripts = redisson.getScript(StringCodec.INSTANCE);
    return mapped(
        scripts.evalShaAsync(
            key,
            RScript.Mode.READ_WRITE,
            sha,
            RScript.ReturnType.LIST,
            List.of(key),
            arguments.toArray()));
  }

  @Override
  public CompletionStage<List<Object>> eval(String text, String key, List<String> arguments) {
    RScript scripts = redisson.getScript(StringCodec.INSTANCE);
    return mapped(
        scripts.evalAsync(
            key,
            RScript.Mode.READ_WRITE,
            text,
            RScript.ReturnType.LIST,
            List.of(key),
            arguments.toArray()));
  }

  private static CompletionStage<List<Object>> mapped(CompletionStage<List<Object>> reply) {
    return reply.exceptionallyCompose(failure -> {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      return CompletableFuture.failedFuture(
          cause instanceof RedisException
              ? new ScriptErrorException(String.valueOf(cause.getMessage()))
              : cause);
    });
  }
}
