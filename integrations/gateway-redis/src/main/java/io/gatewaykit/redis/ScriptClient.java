// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Executes scripts in Redis: the part of a client that {@link RedisStore} requires. Lettuce's
 * clients are supported directly, Jedis through {@link JedisScripts}.
 *
 * <p>Thread-safe. Calls never block, and the client never sends one twice: a script whose reply was
 * lost may have run. The store enforces its own deadline for each call and cancels the future of an
 * expired one.
 */
public interface ScriptClient {
  /**
   * Executes a script that the server has cached.
   *
   * @param sha the SHA-1 of its text
   * @param key the only key, which determines the cluster node
   * @return completes with the reply, integers as {@link Long}; with a {@link ScriptErrorException}
   *     after an error reply, such as NOSCRIPT; or with any other exception if the server was not
   *     reached
   */
  CompletionStage<List<Object>> evalsha(String sha, String key, List<String> arguments);

  /** Executes a script by its text, which the server then caches; see {@link #evalsha}. */
  CompletionStage<List<Object>> eval(String text, String key, List<String> arguments);

  /**
   * Returns whether the client is connected, as far as it can detect. If not, limiters apply their
   * failure policies without a call. Default: true.
   */
  default boolean isOpen() {
    return true;
  }
}
