// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints and lines that an operator drains, by id, so that a drain survives discovery
 * updates that temporarily omit an endpoint or add one to a drained line. The mark of an endpoint
 * takes precedence over that of its line. Thread-safe.
 */
final class DrainMarks {
  /** False: excepted from the drain of its line. */
  private final Map<String, Boolean> marks = new ConcurrentHashMap<>();

  boolean isDrained(String endpointId, @Nullable String lineId) {
    Boolean own = marks.get(endpointId);
    return own != null ? own : lineId != null && marks.getOrDefault(lineId, false);
  }

  boolean contains(String id) {
    return marks.containsKey(id);
  }

  /** Marks an endpoint or a line; {@code members} are the endpoints of a line. */
  void drain(String id, List<String> members) {
    members.forEach(marks::remove);
    marks.put(id, true);
  }

  /** Removes the mark of an endpoint or a line; {@code lineId} is the line of an endpoint. */
  void undrain(String id, @Nullable String lineId, List<String> members) {
    members.forEach(marks::remove);
    if (lineId != null && !lineId.equals(id) && marks.getOrDefault(lineId, false)) {
      marks.put(id, false);
    } else {
      marks.remove(id);
    }
  }
}
