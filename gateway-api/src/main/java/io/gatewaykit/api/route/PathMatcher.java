package io.gatewaykit.api.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One way of matching a path, segment by segment. A pattern's segments are literals, {@code *} for
 * any one segment, and a last {@code **} for any rest, including none.
 */
final class PathMatcher implements Comparable<PathMatcher> {
  private static final String ONE = "*";
  private static final String REST = "**";

  private final String pattern;
  private final String[] segments;
  private final boolean open;

  private PathMatcher(String pattern, String[] segments, boolean open) {
    this.pattern = pattern;
    this.segments = segments;
    this.open = open;
  }

  static PathMatcher any() {
    return of("/**");
  }

  /** Whole segments only: {@code /chat} is a prefix of {@code /chat/x}, not of {@code /chatter}. */
  static PathMatcher prefix(String prefix) {
    check("pathPrefix", prefix, prefix.indexOf('*') < 0, "a path that begins with / and has no *");
    return of(prefix.endsWith("/") ? prefix + REST : prefix + "/" + REST);
  }

  static PathMatcher pattern(String pattern) {
    String[] segments = split(pattern);
    boolean legal = true;
    for (int i = 0; i < segments.length; i++) {
      String s = segments[i];
      legal &= s.indexOf('*') < 0 || s.equals(ONE) || s.equals(REST) && i == segments.length - 1;
    }
    check(
        "path", pattern, legal, "a path that begins with /, * as a whole segment, ** as the last");
    return of(pattern);
  }

  private static PathMatcher of(String pattern) {
    String[] segments = split(pattern);
    boolean open = segments.length > 0 && segments[segments.length - 1].equals(REST);
    if (open) {
      segments = Arrays.copyOf(segments, segments.length - 1);
    }
    return new PathMatcher(pattern, segments, open);
  }

  private static void check(String name, String value, boolean legal, String expected) {
    if (!value.startsWith("/") || !legal) {
      throw new IllegalArgumentException(name + ": \"" + value + "\" (expected: " + expected + ")");
    }
  }

  private static String[] split(String pattern) {
    return pattern.length() <= 1 ? new String[0] : pattern.substring(1).split("/", -1);
  }

  boolean matches(String path) {
    int at = 1; // behind the leading slash
    for (String segment : segments) {
      if (at > path.length() || at == path.length() && path.length() == 1) {
        return false;
      }
      int end = path.indexOf('/', at);
      if (end < 0) {
        end = path.length();
      }
      boolean same =
          segment.equals(ONE)
              ? end > at
              : end - at == segment.length() && path.startsWith(segment, at);
      if (!same) {
        return false;
      }
      at = end + 1;
    }
    return open || at > path.length() || path.length() == 1;
  }

  /** Whether some path matches both. */
  boolean overlaps(PathMatcher other) {
    int common = Math.min(segments.length, other.segments.length);
    for (int i = 0; i < common; i++) {
      String a = segments[i];
      String b = other.segments[i];
      if (!a.equals(b) && !a.equals(ONE) && !b.equals(ONE)) {
        return false;
      }
    }
    return segments.length == other.segments.length
        || (segments.length < other.segments.length ? open : other.open);
  }

  /** The more specific one first: more literals, then more segments, then a closed end. */
  @Override
  public int compareTo(PathMatcher other) {
    int order = Integer.compare(other.literals(), literals());
    if (order == 0) {
      order = Integer.compare(other.segments.length, segments.length);
    }
    return order == 0 ? Boolean.compare(open, other.open) : order;
  }

  private int literals() {
    int literals = 0;
    for (String segment : segments) {
      literals += segment.equals(ONE) ? 0 : 1;
    }
    return literals;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PathMatcher that && pattern.equals(that.pattern);
  }

  @Override
  public int hashCode() {
    return pattern.hashCode();
  }

  @Override
  public String toString() {
    return pattern;
  }
}
