// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses a raw request target (RFC 9112 §3.2). Except for {@link #alternativePaths} the methods
 * never throw: every target has a path. {@link #defect} identifies the targets that must be
 * rejected.
 */
public final class RequestTarget {
  private RequestTarget() {}

  /** Returns the path as sent, without query, fragment, scheme and authority. */
  public static String rawPath(String target) {
    int from = pathStart(target);
    int to = pathEnd(target, from);
    return from == to ? "/" : target.substring(from, to);
  }

  /** Returns the text after the first {@code ?}, as sent; null if absent. */
  public static @Nullable String rawQuery(String target) {
    int end = pathEnd(target, pathStart(target));
    if (end == target.length() || target.charAt(end) != '?') {
      return null;
    }
    int fragment = target.indexOf('#', end);
    return target.substring(end + 1, fragment < 0 ? target.length() : fragment);
  }

  /**
   * Returns the authority of an absolute-form target ({@code http://host:port/path}) as sent, or
   * null for the other forms.
   */
  public static @Nullable String authority(String target) {
    int from = authorityStart(target);
    return from < 0 ? null : target.substring(from, authorityEnd(target, from));
  }

  /**
   * Returns the target in origin form: an absolute-form target without scheme and authority, any
   * other unchanged.
   */
  public static String originForm(String target) {
    int from = authorityStart(target);
    if (from < 0) {
      return target;
    }
    String rest = target.substring(authorityEnd(target, from));
    return rest.startsWith("/") ? rest : "/" + rest;
  }

  /**
   * Returns the main reading of the path: percent-decoded once as UTF-8 (bytes that are not UTF-8
   * become ISO-8859-1 characters, an incomplete escape is unchanged), {@code .} and {@code ..}
   * segments removed without ever leaving the root (RFC 3986 §5.2.4), repeated slashes merged.
   * Decoding comes first, so {@code /%2e%2e/} climbs like {@code /../}.
   */
  public static String normalizedPath(String target) {
    int plain = PathReadings.plainEnd(target);
    if (plain >= 0) {
      return target.substring(0, plain);
    }
    String path = PercentDecoder.decode(rawPath(target), false);
    if (path.isEmpty() || path.charAt(0) != '/') {
      path = "/" + path; // asterisk and authority forms, and unusual decoded paths
    }
    return needsCleaning(path) ? DotSegments.removed(path, true) : path;
  }

  /**
   * Returns the paths other than {@link #normalizedPath} under which some server may interpret the
   * target: with or without path parameters, {@code %2F} as a slash or as text, a backslash as a
   * slash, dot segments resolved before or after each of those, and others. A policy that is
   * selected by path must hold for all of them. Empty for nearly all targets, without an
   * allocation: those without {@code ; % \ //}, dot segments, blanks and control characters.
   *
   * @throws AmbiguousTargetException if there are more than 64, or 65,536 characters of them
   */
  public static List<String> alternativePaths(String target) {
    return PathReadings.plainEnd(target) >= 0
        ? List.of()
        : PathReadings.alternatives(rawPath(target));
  }

  /**
   * Returns the reason for which a request must be rejected with 400, or null if its target and
   * {@code Host} are valid. Valid are {@code /path}, {@code http://authority/path} (or {@code
   * https}), {@code *} for {@code OPTIONS}, and visible characters for {@code CONNECT}. Invalid are
   * control characters, blanks, a fragment, bytes that are not UTF-8, a malformed authority, and a
   * {@code Host} that differs from the target's authority (RFC 9112 §3.2.2 requires a proxy to
   * replace it, but two names for one request are an attack or a mistake).
   */
  public static @Nullable String defect(GatewayRequest request) {
    String target = request.rawTarget();
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c == 0x7f || c == '#') {
        return "target: a blank, a control character or # (expected: percent-encoded)";
      }
      if (c >= 0x80) {
        return isUtf8(target) ? TargetForm.defect(request) : "target: bytes that are not UTF-8";
      }
    }
    return TargetForm.defect(request);
  }

  private static boolean isUtf8(String target) {
    for (int i = 0; i < target.length(); i++) {
      if (target.charAt(i) > 0xff) {
        return true; // characters from a test or a log, not bytes
      }
    }
    ByteBuffer bytes = ByteBuffer.wrap(target.getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.hasRemaining()) {
      int length = bytes.get(bytes.position()) >= 0 ? 1 : Utf8.length(bytes);
      if (length == 1 && bytes.get(bytes.position()) < 0) {
        return false;
      }
      bytes.position(bytes.position() + length);
    }
    return true;
  }

  /**
   * Returns a path or a segment, percent-decoded once like {@link #normalizedPath} and otherwise
   * unchanged.
   */
  public static String decode(String path) {
    return path.indexOf('%') < 0 ? path : PercentDecoder.decode(path, false);
  }

  /**
   * Returns the host of a request, in lower case, without port and trailing dot: that of the
   * target's authority, otherwise that of the first {@code Host} field; empty if neither is
   * present.
   */
  public static String host(String target, Headers headers) {
    String authority = authority(target);
    if (authority == null) {
      authority = headers.first("host");
    }
    return authority == null ? "" : Authority.host(authority);
  }

  /**
   * Returns the start of the authority of an absolute-form target, or -1 for the other forms. Any
   * scheme of RFC 3986 §3.1 is recognised.
   */
  private static int authorityStart(String target) {
    if (target.startsWith("/")) {
      return -1;
    }
    int scheme = target.indexOf("://");
    if (scheme <= 0 || !isLetter(target.charAt(0))) {
      return -1;
    }
    for (int i = 1; i < scheme; i++) {
      char c = target.charAt(i);
      if (!isLetter(c) && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') {
        return -1;
      }
    }
    return scheme + 3;
  }

  private static boolean isLetter(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  private static int authorityEnd(String target, int from) {
    for (int i = from; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c == '/' || c == '?' || c == '#') {
        return i;
      }
    }
    return target.length();
  }

  private static int pathStart(String target) {
    int authority = authorityStart(target);
    return authority < 0 ? 0 : authorityEnd(target, authority);
  }

  private static int pathEnd(String target, int from) {
    for (int i = from; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c == '?' || c == '#') {
        return i;
      }
    }
    return target.length();
  }

  private static boolean needsCleaning(String path) {
    for (int i = path.indexOf('/'); i >= 0; i = path.indexOf('/', i + 1)) {
      if (i + 1 < path.length()) {
        char next = path.charAt(i + 1);
        if (next == '/' || next == '.') {
          return true;
        }
      }
    }
    return false;
  }
}
