// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A read-only view of header fields: ordered, multi-valued, with case-insensitive names (RFC 9110
 * §5). Values are as received, without surrounding white space; each char represents one byte
 * (ISO-8859-1).
 */
public interface Headers {

  /** Returns the first value of the field; null if absent. */
  @Nullable String first(String name);

  /** Passes each field line to the consumer, in the order received. */
  void forEach(BiConsumer<? super String, ? super String> consumer);

  /** Returns all values of the field in the order received; empty if absent. */
  default List<String> all(String name) {
    if (first(name) == null) {
      return List.of();
    }
    var values = new ArrayList<String>(2);
    forEach((n, value) -> {
      if (n.equalsIgnoreCase(name)) {
        values.add(value);
      }
    });
    return List.copyOf(values);
  }

  /** Returns whether the field is present. */
  default boolean contains(String name) {
    return first(name) != null;
  }

  /** Returns empty headers. */
  static Headers empty() {
    return HeaderList.EMPTY;
  }

  /**
   * Returns immutable headers from alternating names and values.
   *
   * @throws IllegalArgumentException if a name has no value
   */
  static Headers of(String... namesAndValues) {
    return HeaderList.of(namesAndValues);
  }
}
