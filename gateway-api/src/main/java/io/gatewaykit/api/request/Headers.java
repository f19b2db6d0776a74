package io.gatewaykit.api.request;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A read-only view of header fields: ordered, multi-valued, with case-insensitive names (RFC 9110
 * §5). Values are as received, without surrounding white space, each char holding one byte
 * (ISO-8859-1).
 */
public interface Headers {

  /** Returns the first value of the field, or null if there is none. */
  @Nullable String first(String name);

  /** Passes each field line to the consumer, in the order received. */
  void forEach(BiConsumer<? super String, ? super String> consumer);

  /** Returns all values of the field in the order received; empty if there is none. */
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

  /** Tells whether the field is present. */
  default boolean contains(String name) {
    return first(name) != null;
  }

  /** Returns headers without any field. */
  static Headers empty() {
    return HeaderList.EMPTY;
  }

  /**
   * Returns immutable headers of alternating names and values.
   *
   * @throws IllegalArgumentException if a name lacks its value
   */
  static Headers of(String... namesAndValues) {
    return HeaderList.of(namesAndValues);
  }
}
