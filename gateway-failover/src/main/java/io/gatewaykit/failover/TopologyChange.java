package io.gatewaykit.failover;

import java.util.List;

/**
 * What an update changed, by id.
 *
 * @param added endpoints that are new
 * @param removed endpoints that are gone; leases on them end as they began
 * @param changed endpoints with another payload, weight, labels or line; their statistics are kept
 * @param addedLines lines that are new
 * @param removedLines lines that are gone
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

  /** Tells whether no endpoint and no line came, went or changed. */
  public boolean isNone() {
    return added.isEmpty()
        && removed.isEmpty()
        && changed.isEmpty()
        && addedLines.isEmpty()
        && removedLines.isEmpty();
  }
}
