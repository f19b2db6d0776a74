// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import io.gatewaykit.waf.internal.index.ConditionSet;
import io.gatewaykit.waf.internal.value.Value;
import io.gatewaykit.waf.rule.Target;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A cache of values that no rule matched, such as the header fields that a browser sends with each
 * request, so that they are not inspected again. Whether a value is clean depends only on its text
 * and its condition set. Both are compared completely, so a hash collision costs time and hides no
 * attack.
 *
 * <p>The table has a fixed size. Each value belongs to one bucket of {@link #WAYS} slots, in which
 * an insertion evicts the oldest entry, so that the 30 to 40 values of a request rarely evict each
 * other. A client that floods the table evicts its entries, and inspection is then as slow as
 * without the cache. Only short values of recurring kinds are cached, and no credentials.
 * Thread-safe: entries are immutable with final fields, and a reader that misses an entry added
 * concurrently inspects the value itself.
 */
public final class CleanValueCache {
  private static final int MAX_CHARS = 256;
  private static final int WAYS = 4;

  private record Entry(ConditionSet conditions, String text) {}

  private final AtomicReferenceArray<@Nullable Entry> slots;

  /** Creates an empty cache with room for at least this many values; 0 disables it. */
  public CleanValueCache(int capacity) {
    slots = new AtomicReferenceArray<>(capacity == 0 ? 0 : Math.max(WAYS, powerOfTwo(capacity)));
  }

  private static int powerOfTwo(int min) {
    return 1 << (32 - Integer.numberOfLeadingZeros(min - 1));
  }

  /** Returns whether these conditions are known not to match the value. */
  public boolean contains(Value value, ConditionSet conditions) {
    if (!isCacheable(value)) {
      return false;
    }
    String text = value.text();
    int first = bucket(text, conditions);
    for (int i = first; i < first + WAYS; i++) {
      Entry entry = slots.getAcquire(i);
      if (entry != null && entry.conditions() == conditions && entry.text().equals(text)) {
        return true;
      }
    }
    return false;
  }

  /** Adds a value that these conditions did not match, if it is of a recurring kind. */
  public void add(Value value, ConditionSet conditions) {
    if (isCacheable(value) && conditions.isShared() && !value.isSecret()) {
      int first = bucket(value.text(), conditions);
      for (int i = first + WAYS - 1; i > first; i--) {
        slots.setRelease(i, slots.getAcquire(i - 1));
      }
      slots.setRelease(first, new Entry(conditions, value.text()));
    }
  }

  private boolean isCacheable(Value value) {
    Target target = value.target();
    return (target == Target.HEADER
            || target == Target.HEADER_NAME
            || target == Target.METHOD
            || target == Target.ARG_NAME
            || target == Target.COOKIE_NAME)
        && value.text().length() <= MAX_CHARS
        && slots.length() > 0;
  }

  /** Returns the index of the first slot of a value's bucket. */
  private int bucket(String text, ConditionSet conditions) {
    int hash = (text.hashCode() ^ conditions.hashCode()) * 0x9E3779B9;
    return (hash >>> 8) & (slots.length() - WAYS);
  }
}
