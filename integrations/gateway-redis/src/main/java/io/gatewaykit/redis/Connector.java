package io.gatewaykit.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.StringCodec;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** How to reach Redis: by whichever client the user brought. Connecting blocks. */
@FunctionalInterface
interface Connector {
  Link connect();

  /**
   * A connection.
   *
   * @param commands what to send by it
   * @param isOpen whether it is known to be connected; of a cluster, each node's own calls tell
   * @param nodes which node serves which key
   */
  record Link(
      StatefulConnection<String, String> connection,
      RedisClusterAsyncCommands<String, String> commands,
      BooleanSupplier isOpen,
      Nodes nodes) {}

  static Connector of(RedisClient client, @Nullable RedisURI uri) {
    return () -> {
      var connection =
          uri == null ? client.connect(StringCodec.UTF8) : client.connect(StringCodec.UTF8, uri);
      return new Link(connection, connection.async(), connection::isOpen, Nodes.SINGLE);
    };
  }

  static Connector of(RedisClusterClient client) {
    return () -> {
      var connection = client.connect(StringCodec.UTF8);
      return new Link(
          connection, connection.async(), () -> true, Nodes.of(connection.getPartitions()));
    };
  }
}
