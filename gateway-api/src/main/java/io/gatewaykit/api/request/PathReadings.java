// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The paths under which servers may interpret a request target.
 *
 * <p>Servers differ in their handling of a path before they look up a handler: they drop path
 * parameters before or after dot segments, decode {@code %2F} or keep it, treat a backslash as a
 * slash, merge slashes, resolve dot segments or not, treat {@code //x/} as an authority. An
 * attacker chooses a spelling that the policy interprets one way and the server another. No single
 * normalisation is therefore safe, and the policy has to consider all readings.
 *
 * <p>Each step below is performed by some servers and not by others. It adds its result for every
 * reading so far and keeps the original ones, so every subset of the steps, in this order,
 * contributes a reading. Legitimate targets have one or two peculiarities and thus two to four
 * readings. The number of readings and their total length are bounded; a target beyond these bounds
 * is rejected.
 */
final class PathReadings {
  private static final int MAX_READINGS = 64;
  private static final int MAX_CHARS = 1 << 16;

  private static final boolean[] INERT = inert();

  /** In the order in which a server would apply them. */
  private static final List<UnaryOperator<String>> STEPS =
      List.of(
          path -> withoutAuthority(path, 2),
          path -> withoutAuthority(path, Integer.MAX_VALUE),
          PathReadings::withoutParameters,
          path -> PercentDecoder.decode(path, true),
          path -> PercentDecoder.decode(path, false), // of the above: decoded twice
          PathReadings::withoutParameters, // %3B
          PathReadings::cut,
          path -> path.replace('\\', '/'),
          path -> withoutAuthority(path, Integer.MAX_VALUE),
          PathReadings::trimmed,
          path -> DotSegments.removed(path, false),
          path -> DotSegments.removed(path, true));

  /** Without duplicates. So few that a search is faster than a hash table. */
  private final List<String> readings = new ArrayList<>(4);

  private int chars;

  private PathReadings() {}

  /**
   * Returns the readings other than {@link RequestTarget#normalizedPath}; empty if all servers read
   * the path literally.
   */
  static List<String> alternatives(String rawPath) {
    if (plainEnd(rawPath) == rawPath.length()) {
      return List.of();
    }
    return hasOnlyInertEscapes(rawPath) ? List.of(rawPath) : evaluateSteps(rawPath);
  }

  /** The definition of {@link #alternatives}, without its shortcuts. */
  static List<String> evaluateSteps(String rawPath) {
    var paths = new PathReadings();
    paths.add(rawPath);
    for (UnaryOperator<String> step : STEPS) {
      int before = paths.readings.size();
      for (int i = 0; i < before; i++) {
        paths.add(step.apply(paths.readings.get(i)));
      }
    }
    paths.readings.remove(RequestTarget.normalizedPath(rawPath));
    return List.copyOf(paths.readings);
  }

  private void add(String reading) {
    String path = reading.startsWith("/") ? reading : "/" + reading;
    if (readings.contains(path)) {
      return;
    }
    readings.add(path);
    chars += path.length();
    if (readings.size() > MAX_READINGS || chars > MAX_CHARS) {
      throw new AmbiguousTargetException("the target's path has too many readings");
    }
  }

  /**
   * Returns the end of the target's path if all servers read the path literally; -1 if some might
   * not, or for a target that is not in origin form. Does not allocate. Dots at the end of a
   * segment, which few servers remove, are left to the lenient matching of routes.
   */
  static int plainEnd(String target) {
    int segment = 0;
    int i = 0;
    for (; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c == '?' || c == '#') {
        break;
      }
      if (c == '/') {
        if (i > 0 && isEmptyOrDots(target, segment, i)) {
          return -1;
        }
        segment = i + 1;
      } else if (!isInert(c) && c != '.') {
        return -1;
      }
    }
    boolean rooted = i > 0 && target.charAt(0) == '/';
    return rooted && (i == segment || !isEmptyOrDots(target, segment, i)) ? i : -1;
  }

  private static boolean isEmptyOrDots(String path, int from, int to) {
    return to - from <= 2 && (to == from || path.charAt(from) == '.' && path.charAt(to - 1) == '.');
  }

  /**
   * Returns whether decoding is the only step that changes the path, and decoding it again changes
   * nothing. The path then has two readings, as sent and decoded. Does not allocate.
   *
   * <p>This holds if the path is plain but for escapes of inert characters, of blanks inside a
   * segment, and of well-formed UTF-8 sequences of three bytes. Shorter sequences can decode to
   * characters that servers take for bytes and decode again.
   */
  static boolean hasOnlyInertEscapes(String path) {
    int before = 0;
    for (int i = 0; i < path.length(); i++) {
      int c = path.charAt(i);
      boolean escaped = c == '%';
      if (escaped) {
        c = PercentDecoder.escaped(path, i);
        if (c >= 0xe1 && c != 0xed && c <= 0xef) {
          if (!isContinuation(path, i + 3) || !isContinuation(path, i + 6)) {
            return false;
          }
          i += 6;
          c = 'a'; // like any inert character
        }
        i += 2;
      }
      if (!isInert(c) && (escaped ? c != ' ' : c != '/' && c != '.')) {
        return false;
      }
      if (before == '/' || before == 0) {
        if (c == ' ' || c == '/' && before == '/' || c == '.' && DotSegments.isDots(path, i)) {
          return false;
        }
      } else if (c == '/' && (before == '.' || before == ' ')) {
        return false;
      }
      before = c;
    }
    return before != 0 && before != '.' && before != ' ' && path.charAt(0) == '/';
  }

  private static boolean isContinuation(String path, int at) {
    int value = at < path.length() && path.charAt(at) == '%' ? PercentDecoder.escaped(path, at) : 0;
    return value >= 0x80 && value <= 0xbf;
  }

  /** Returns whether the character is visible and has no meaning in any step, at any position. */
  private static boolean isInert(int c) {
    return c >= 0 && c < INERT.length && INERT[c];
  }

  private static boolean[] inert() {
    boolean[] inert = new boolean[0x7f];
    Arrays.fill(inert, ' ' + 1, inert.length, true);
    for (char delimiter : "/.%;\\?#".toCharArray()) {
      inert[delimiter] = false;
    }
    return inert;
  }

  /** Removes path parameters: the text from a semicolon to the end of its segment. */
  private static String withoutParameters(String path) {
    int semicolon = path.indexOf(';');
    if (semicolon < 0) {
      return path;
    }
    var result = new StringBuilder(path.length());
    int from = 0;
    while (semicolon >= 0) {
      result.append(path, from, semicolon);
      int slash = path.indexOf('/', semicolon);
      from = slash < 0 ? path.length() : slash;
      semicolon = path.indexOf(';', from);
    }
    return result.append(path, from, path.length()).toString();
  }

  /**
   * Truncates the path at a delimiter that ends it for servers that parse it again after decoding.
   */
  private static String cut(String path) {
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '?' || c == '#' || c == 0) {
        return path.substring(0, i);
      }
    }
    return path;
  }

  /**
   * Drops the authority of a network-path reference, {@code //host/path}.
   *
   * @param maxSlashes the maximum number of leading slashes: 2 in RFC 3986, unlimited in browsers
   */
  private static String withoutAuthority(String path, int maxSlashes) {
    int i = 0;
    while (i < path.length() && i < maxSlashes && isSlash(path.charAt(i))) {
      i++;
    }
    if (i < 2) {
      return path;
    }
    while (i < path.length() && !isSlash(path.charAt(i))) {
      i++;
    }
    return path.substring(i);
  }

  /** Removes blanks around segments, and dots at their ends. */
  private static String trimmed(String path) {
    if (!needsTrimming(path)) {
      return path;
    }
    var result = new StringBuilder(path.length());
    int from = 0;
    while (from <= path.length()) {
      int slash = path.indexOf('/', from);
      int to = slash < 0 ? path.length() : slash;
      int start = from;
      int end = to;
      while (start < end && isBlank(path.charAt(start))) {
        start++;
      }
      while (end > start && isBlank(path.charAt(end - 1))) {
        end--;
      }
      int name = end;
      while (name > start && (path.charAt(name - 1) == '.' || isBlank(path.charAt(name - 1)))) {
        name--;
      }
      // a segment of dots only is left unchanged
      result.append(path, start, name > start ? name : end);
      if (slash >= 0) {
        result.append('/');
      }
      from = to + 1;
    }
    return result.toString();
  }

  private static boolean needsTrimming(String path) {
    char before = '/';
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (before == '/' ? isBlank(c) : c == '/' && isTrimmed(before)) {
        return true;
      }
      before = c;
    }
    return isTrimmed(before);
  }

  private static boolean isTrimmed(char last) {
    return last == '.' || isBlank(last);
  }

  private static boolean isBlank(char c) {
    return c <= ' ' || c >= 0x7f && c <= 0xa0;
  }

  private static boolean isSlash(char c) {
    return c == '/' || c == '\\';
  }
}
