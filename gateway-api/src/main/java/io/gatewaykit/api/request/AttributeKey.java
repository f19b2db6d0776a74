package io.gatewaykit.api.request;

import static java.util.Objects.requireNonNull;

/**
 * Names one attribute of a request and gives it its type. Keys are compared by identity: keep one
 * in a constant.
 *
 * @param <T> the type of the attribute's value
 */
@SuppressWarnings("UnusedTypeParameter") // it types the value in Attributes
public final class AttributeKey<T> {
  private final String name;

  private AttributeKey(String name) {
    this.name = name;
  }

  /** Returns a new key, equal to no other; the name serves {@link #toString()} only. */
  public static <T> AttributeKey<T> of(String name) {
    return new AttributeKey<>(requireNonNull(name, "name"));
  }

  @Override
  public String toString() {
    return name;
  }
}
