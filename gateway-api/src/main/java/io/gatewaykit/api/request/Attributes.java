package io.gatewaykit.api.request;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one request: a few values that guards and adapters hand to one another. Costs
 * nothing until the first {@link #set}. Used by one thread at a time, as the request itself is;
 * whoever moves a request to another thread provides the happens-before edge.
 */
public final class Attributes {
  private static final Object[] NONE = {};

  /** Key, value, key, value, …; requests carry a handful, so a scan beats a hash table. */
  private @Nullable Object[] entries = NONE;

  /** Creates an empty set. */
  public Attributes() {}

  /** Returns the value of the key, or null if it has none. */
  @SuppressWarnings("unchecked") // set() stored a T under this very key
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
