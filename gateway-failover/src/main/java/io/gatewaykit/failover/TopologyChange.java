// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import java.util.List;

/**
 * The difference between two topologies, by id.
 *
 * @param added new endpoints
 * @param removed removed endpoints; leases on them are not affected
 * @param changed endpoints with another payload, weight, labels or line; their statistics are
 *     retained
 * @param addedLines new lines
 * @param removedLines removed lines
 */
public record TopologyChange(
    List<String> added,
    List<String> removed,
    List<String> changed,
    List<String> addedLines,
    List<String> removedLines) {
  /** Copies the lists. */
  public TopologyChange {
    added = List.copyOf(added);
    removed = List.copyOf(removed);
    changed = List.copyOf(changed);
    addedLines = List.copyOf(addedLines);
    removedLines = List.copyOf(removedLines);
  }

  /** Returns whether no endpoint or line was added, removed or changed. */
  public boolean isNone() {
    return added.isEmpty()
        && removed.isEmpty()
        && changed.isEmpty()
        && addedLines.isEmpty()
        && removedLines.isEmpty();
  }
}
