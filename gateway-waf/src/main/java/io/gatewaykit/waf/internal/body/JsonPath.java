// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The path of a value in a JSON document, such as {@code doc.blocks[0].html}. Paths in one
 * container share their prefix, and the text is created on demand. Immutable.
 */
public final class JsonPath {
  private static final int MAX_CHARS = 1_024;

  private final @Nullable JsonPath parent; // null for the document itself
  private final @Nullable String key; // null for an element of an array
  private final int index;

  private JsonPath(@Nullable JsonPath parent, @Nullable String key, int index) {
    this.parent = parent;
    this.key = key;
    this.index = index;
  }

  static JsonPath member(@Nullable JsonPath parent, String key) {
    return new JsonPath(parent, key, -1);
  }

  static JsonPath element(@Nullable JsonPath parent, int index) {
    return new JsonPath(parent, null, index);
  }

  /**
   * Returns the path as text, truncated at the start if it has more than 1,024 chars, because a
   * body can contain many values below long names.
   */
  @Override
  public String toString() {
    Deque<String> parts = new ArrayDeque<>();
    int chars = 0;
    for (JsonPath at = this; at != null; at = at.parent) {
      String part = at.part();
      chars += part.length();
      if (chars > MAX_CHARS && !parts.isEmpty()) {
        break;
      }
      parts.addFirst(part);
    }
    return String.join("", parts);
  }

  private String part() {
    if (key == null) {
      return "[" + index + "]";
    }
    return parent == null ? key : "." + key;
  }
}
