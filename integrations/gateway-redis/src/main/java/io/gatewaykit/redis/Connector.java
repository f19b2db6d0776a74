// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.codec.StringCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Connects to Redis through the client supplied by the user. Connecting blocks. */
@FunctionalInterface
interface Connector {
  Link connect();

  /**
   * A connection.
   *
   * @param scripts sends scripts
   * @param nodes maps keys to nodes
   * @param info queries the server's INFO
   * @param closing closes the connection
   */
  record Link(
      ScriptClient scripts,
      ClusterNodes nodes,
      Supplier<CompletionStage<String>> info,
      Runnable closing) {}

  /** Returns a connector for a client that manages its own connections and remains the caller's. */
  static Connector of(ScriptClient client) {
    return () ->
        new Link(
            client,
            ClusterNodes.SINGLE,
            () ->
                client
                    .eval("return { redis.call('INFO', 'server') }", "gatewaykit", List.of())
                    .thenApply(Connector::text),
            () -> {});
  }

  private static String text(List<Object> reply) {
    return reply.get(0) instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.UTF_8)
        : String.valueOf(reply.get(0));
  }

  static Connector of(RedisClient client, @Nullable RedisURI uri) {
    return () -> {
      var connection =
          uri == null ? client.connect(StringCodec.UTF8) : client.connect(StringCodec.UTF8, uri);
      var commands = connection.async();
      return new Link(
          new LettuceScripts(commands, connection::isOpen),
          ClusterNodes.SINGLE,
          () -> commands.info("server"),
          connection::close);
    };
  }

  static Connector of(RedisClusterClient client) {
    return () -> {
      var connection = client.connect(StringCodec.UTF8);
      var commands = connection.async();
      return new Link(
          new LettuceScripts(commands, () -> true), // calls to each node reveal its availability
          ClusterNodes.of(connection.getPartitions()),
          () -> commands.info("server"),
          connection::close);
    };
  }
}
