// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static java.util.Objects.requireNonNull;

/**
 * A typed key for an attribute of a request. Keys are compared by identity: store each in a
 * constant.
 *
 * @param <T> the type of the attribute's value
 */
@SuppressWarnings("UnusedTypeParameter") // it types the value in Attributes
public final class AttributeKey<T> {
  private final String name;

  private AttributeKey(String name) {
    this.name = name;
  }

  /** Returns a new key, distinct from all others; the name is used by {@link #toString()} only. */
  public static <T> AttributeKey<T> of(String name) {
    return new AttributeKey<>(requireNonNull(name, "name"));
  }

  @Override
  public String toString() {
    return name;
  }
}
