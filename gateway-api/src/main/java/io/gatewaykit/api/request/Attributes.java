// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one request: a few values that guards and adapters pass to one another. Does
 * not allocate before the first {@link #set}. Like the request, it is used by one thread at a time.
 * Code that moves a request to another thread must provide the happens-before edge.
 */
public final class Attributes {
  private static final Object[] NONE = {};

  /**
   * Key, value, key, value, …; a request has few attributes, so a linear scan beats a hash table.
   */
  private @Nullable Object[] entries = NONE;

  /** Creates an empty set. */
  public Attributes() {}

  /** Returns the value of the key; null if unset. */
  @SuppressWarnings("unchecked") // set() stored a T under this key
  public <T> @Nullable T get(AttributeKey<T> key) {
    int i = indexOf(key);
    return i < 0 ? null : (T) entries[i + 1];
  }

  /** Sets the value of the key; null removes it. */
  public <T> void set(AttributeKey<T> key, @Nullable T value) {
    int i = indexOf(requireNonNull(key, "key"));
    if (i < 0 && value == null) {
      return;
    }
    if (i < 0) {
      i = entries.length;
      entries = Arrays.copyOf(entries, i + 2);
      entries[i] = key;
    }
    entries[i + 1] = value;
  }

  private int indexOf(AttributeKey<?> key) {
    for (int i = 0; i < entries.length; i += 2) {
      if (entries[i] == key) {
        return i;
      }
    }
    return -1;
  }
}
