// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.Partitions;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;

/**
 * Maps keys to the cluster nodes that serve them, as currently known. Nodes are identified by id.
 */
interface ClusterNodes {
  /** A single server, or no connection: the node with the empty id serves all keys. */
  ClusterNodes SINGLE =
      new ClusterNodes() {
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

  /** Returns the node that serves the key; empty if the slot is not assigned. */
  String of(String key);

  /** Returns the host and port of a node; empty if unknown. */
  String addressOf(String node);

  /** Returns whether the node serves any keys; for the empty id, whether a slot is unassigned. */
  boolean serves(String node);

  /** Returns a view of a cluster client's partitions, which the client keeps up to date. */
  static ClusterNodes of(Partitions partitions) {
    return new ClusterNodes() {
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
