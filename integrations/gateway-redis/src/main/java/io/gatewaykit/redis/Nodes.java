package io.gatewaykit.redis;

import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.Partitions;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;

/** Which node of a cluster serves which key, as far as is known. Nodes go by their ids. */
interface Nodes {
  /** One server, or no connection: everything is served by the node of the empty name. */
  Nodes SINGLE =
      new Nodes() {
        @Override
        public String of(String key) {
          return "";
        }

        @Override
        public String addressOf(String node) {
          return "";
        }

        @Override
        public boolean serves(String node) {
          return true;
        }
      };

  /** Returns the node that serves the key; empty if none does. */
  String of(String key);

  /** Returns host and port of a node; empty if it is not known. */
  String addressOf(String node);

  /** Whether the node serves any keys; the empty one, whether any key is served by none. */
  boolean serves(String node);

  /** Returns those of a cluster's client, which keeps them up to date. */
  static Nodes of(Partitions partitions) {
    return new Nodes() {
      @Override
      public String of(String key) {
        RedisClusterNode node = partitions.getPartitionBySlot(SlotHash.getSlot(key));
        return node == null ? "" : node.getNodeId();
      }

      @Override
      public String addressOf(String id) {
        RedisClusterNode node = partitions.getPartitionByNodeId(id);
        return node == null ? "" : node.getUri().getHost() + ":" + node.getUri().getPort();
      }

      @Override
      public boolean serves(String id) {
        if (id.isEmpty()) {
          for (int slot = 0; slot < SlotHash.SLOT_COUNT; slot++) {
            if (partitions.getPartitionBySlot(slot) == null) {
              return true;
            }
          }
          return false;
        }
        RedisClusterNode node = partitions.getPartitionByNodeId(id);
        return node != null && !node.getSlots().isEmpty();
      }
    };
  }
}
