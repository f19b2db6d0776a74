// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.route;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.request.RequestTarget;
import org.jspecify.annotations.Nullable;

/**
 * A path pattern that is matched segment by segment. A segment is a literal or {@code *}, which
 * matches any non-empty segment; a trailing {@code **} matches any remainder, including none.
 * Percent escapes in literals are decoded, so {@code %2A} is a literal asterisk. Immutable and
 * thread-safe.
 */
public final class PathMatcher implements Comparable<PathMatcher> {
  private static final String ONE = "*";
  private static final String REST = "**";

  private final String pattern;
  private final @Nullable String[] segments; // null for any segment
  private final boolean open;

  private PathMatcher(String pattern, @Nullable String[] segments, boolean open) {
    this.pattern = pattern;
    this.segments = segments;
    this.open = open;
  }

  static PathMatcher any() {
    return of("/**");
  }

  /**
   * Returns a matcher for a path and all paths below it. It compares complete segments: {@code
   * /chat} is a prefix of {@code /chat/x}, not of {@code /chatter}.
   *
   * @throws IllegalArgumentException if the prefix does not start with a slash or contains a {@code
   *     *}
   */
  public static PathMatcher prefix(String prefix) {
    check(
        "pathPrefix",
        prefix,
        requireNonNull(prefix, "prefix").indexOf('*') < 0,
        "a path that starts with / and contains no *");
    return of(prefix.endsWith("/") ? prefix + REST : prefix + "/" + REST);
  }

  /**
   * Returns a matcher for a pattern.
   *
   * @throws IllegalArgumentException if the pattern does not start with a slash or contains a
   *     {@code *} elsewhere
   */
  public static PathMatcher pattern(String pattern) {
    String[] segments = split(requireNonNull(pattern, "pattern"));
    boolean legal = true;
    for (int i = 0; i < segments.length; i++) {
      String s = segments[i];
      legal &= s.indexOf('*') < 0 || s.equals(ONE) || s.equals(REST) && i == segments.length - 1;
    }
    check(
        "path",
        pattern,
        legal,
        "a path that starts with /, with * as a whole segment and ** as the last");
    return of(pattern);
  }

  private static PathMatcher of(String pattern) {
    String[] written = split(pattern);
    boolean open = written.length > 0 && written[written.length - 1].equals(REST);
    @Nullable String[] segments = new String[open ? written.length - 1 : written.length];
    for (int i = 0; i < segments.length; i++) {
      segments[i] = written[i].equals(ONE) ? null : RequestTarget.decode(written[i]);
    }
    return new PathMatcher(pattern, segments, open);
  }

  private static void check(String name, String value, boolean legal, String expected) {
    if (!value.startsWith("/") || !legal) {
      throw Arguments.outside(name, "\"" + value + "\"", expected);
    }
  }

  private static String[] split(String pattern) {
    return pattern.length() <= 1 ? new String[0] : pattern.substring(1).split("/", -1);
  }

  /**
   * Returns whether a path matches.
   *
   * @param path the path, normalised by {@link RequestTarget#normalizedPath}
   */
  public boolean matches(String path) {
    return matches(path, path.length(), segments.length, false);
  }

  /**
   * Returns whether the path matches as compared by lenient servers, which ignore case, dots at the
   * end of a segment, and a trailing slash of the path or of the pattern. Implied by {@link
   * #matches(String)}.
   */
  boolean matchesLoosely(String path) {
    if (open) {
      return matches(path, path.length(), segments.length, true);
    }
    boolean slash = path.length() > 1 && path.endsWith("/");
    boolean directory = segments.length > 0 && "".equals(segments[segments.length - 1]);
    return matches(
        path,
        slash ? path.length() - 1 : path.length(),
        directory ? segments.length - 1 : segments.length,
        true);
  }

  /** Matches the first {@code length} chars of a path against the first {@code count} segments. */
  private boolean matches(String path, int length, int count, boolean loosely) {
    int at = 1; // after the leading slash
    for (int i = 0; i < count; i++) {
      if (at > length || at == length && length == 1) {
        return false;
      }
      @Nullable String segment = segments[i];
      if (segment != null && !path.regionMatches(loosely, at, segment, 0, segment.length())) {
        return false; // most routes fail here
      }
      int end = path.indexOf('/', at);
      if (end < 0 || end > length) {
        end = length;
      }
      if (segment == null ? end == at : !endsWithSegment(segment, path, at, end, loosely)) {
        return false;
      }
      at = end + 1;
    }
    return open || at > length || length == 1;
  }

  /** Returns whether nothing follows a segment in the path up to {@code to}, or dots if loosely. */
  private static boolean endsWithSegment(
      String segment, String path, int from, int to, boolean loosely) {
    int end = from + segment.length();
    while (loosely && end < to && path.charAt(end) == '.') {
      end++;
    }
    return end == to;
  }

  /** Returns whether some path matches both. */
  boolean overlaps(PathMatcher other) {
    int common = Math.min(segments.length, other.segments.length);
    for (int i = 0; i < common; i++) {
      @Nullable String a = segments[i];
      @Nullable String b = other.segments[i];
      if (a != null && b != null && !a.equals(b)) {
        return false;
      }
    }
    return segments.length == other.segments.length
        || (segments.length < other.segments.length ? open : other.open);
  }

  /**
   * More specific patterns first: more literals, then more segments, then no trailing {@code **}.
   */
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
    for (@Nullable String segment : segments) {
      literals += segment == null ? 0 : 1;
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
