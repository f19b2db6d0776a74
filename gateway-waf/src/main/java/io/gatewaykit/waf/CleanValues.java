package io.gatewaykit.waf;

import io.gatewaykit.waf.rule.Target;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Remembers values in which no rule found anything, such as the header fields that a browser sends
 * with each request, so that they need not be looked at again. Whether a value is clean depends on
 * its text and its audience alone; both are compared in full, so a hash collision costs time, not
 * an attack.
 *
 * <p>A table of fixed size, in which each value has two places; a new one drives the older of its
 * two out. Who floods it with values of his own gets the speed there is without it. Only short
 * values of kinds that repeat are kept, and none that lets someone in. Thread-safe: an entry is
 * immutable and its fields are final, and who misses one that another thread puts in just then
 * looks for himself.
 */
final class CleanValues {
  private static final int MAX_CHARS = 256;

  private record Entry(Audience audience, String text) {}

  private final AtomicReferenceArray<@Nullable Entry> places;

  /** Creates an empty memory for so many values; it takes none if that is 0. */
  CleanValues(int values) {
    places = new AtomicReferenceArray<>(values == 0 ? 0 : Math.max(2, powerOfTwo(values)));
  }

  private static int powerOfTwo(int atLeast) {
    return 1 << (32 - Integer.numberOfLeadingZeros(atLeast - 1));
  }

  /** Tells whether a value was seen before by this audience, and nothing was found. */
  boolean contains(Value value, Audience audience) {
    if (!mayRepeat(value)) {
      return false;
    }
    int place = place(value.text(), audience);
    return isAt(place, value.text(), audience) || isAt(place ^ 1, value.text(), audience);
  }

  private boolean isAt(int place, String text, Audience audience) {
    Entry entry = places.getAcquire(place);
    return entry != null && entry.audience() == audience && entry.text().equals(text);
  }

  /** Remembers a value in which an audience has found nothing, if it is of a kind that repeats. */
  void add(Value value, Audience audience) {
    if (mayRepeat(value) && audience.isLasting() && !value.isSecret()) {
      int place = place(value.text(), audience);
      places.setRelease(place ^ 1, places.getAcquire(place));
      places.setRelease(place, new Entry(audience, value.text()));
    }
  }

  private boolean mayRepeat(Value value) {
    Target target = value.target();
    return (target == Target.HEADER
            || target == Target.HEADER_NAME
            || target == Target.METHOD
            || target == Target.ARG_NAME
            || target == Target.COOKIE_NAME)
        && value.text().length() <= MAX_CHARS
        && places.length() > 0;
  }

  private int place(String text, Audience audience) {
    int hash = (text.hashCode() ^ audience.hashCode()) * 0x9E3779B9;
    return (hash >>> 8) & (places.length() - 1);
  }
}
