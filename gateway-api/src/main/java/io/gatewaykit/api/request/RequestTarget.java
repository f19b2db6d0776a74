package io.gatewaykit.api.request;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Takes a raw request target (RFC 9112 §3.2) apart. Never throws: whatever a client sends has a
 * path, if need be a strange one.
 */
public final class RequestTarget {
  private RequestTarget() {}

  /** Returns the path as sent, without query, fragment, scheme and authority. */
  public static String rawPath(String target) {
    int from = pathStart(target);
    int to = pathEnd(target, from);
    return from == to ? "/" : target.substring(from, to);
  }

  /** Returns what follows the first {@code ?}, as sent, or null if there is none. */
  public static @Nullable String rawQuery(String target) {
    int end = pathEnd(target, pathStart(target));
    if (end == target.length() || target.charAt(end) != '?') {
      return null;
    }
    int fragment = target.indexOf('#', end);
    return target.substring(end + 1, fragment < 0 ? target.length() : fragment);
  }

  /**
   * Returns the path for matching routes: percent-decoded once as UTF-8 (bytes that are not UTF-8
   * become ISO-8859-1 characters, an incomplete escape stays as it is), {@code .} and {@code ..}
   * segments removed without ever leaving the root (RFC 3986 §5.2.4), repeated slashes merged.
   * Decoding comes first, so {@code /%2e%2e/} climbs like {@code /../}: a policy chosen by path
   * cannot be dodged by another spelling of it.
   */
  public static String normalizedPath(String target) {
    String path = rawPath(target);
    if (path.indexOf('%') >= 0) {
      path = percentDecode(path);
    }
    if (path.charAt(0) != '/') {
      path = "/" + path; // asterisk and authority forms, and decoded oddities
    }
    return needsCleaning(path) ? clean(path) : path;
  }

  static String host(String target, Headers headers) {
    String authority = authority(target);
    if (authority == null) {
      authority = headers.first("host");
    }
    if (authority == null) {
      return "";
    }
    int userinfo = authority.lastIndexOf('@');
    String host = userinfo < 0 ? authority : authority.substring(userinfo + 1);
    int colon = host.lastIndexOf(':');
    if (colon > host.lastIndexOf(']')) {
      host = host.substring(0, colon);
    }
    return host.toLowerCase(Locale.ROOT);
  }

  private static @Nullable String authority(String target) {
    int from = authorityStart(target);
    return from < 0 ? null : target.substring(from, authorityEnd(target, from));
  }

  /** Where the authority of an absolute-form target begins, or -1 for the other forms. */
  private static int authorityStart(String target) {
    if (target.startsWith("/")) {
      return -1;
    }
    int scheme = target.indexOf("://");
    if (scheme <= 0) {
      return -1;
    }
    for (int i = 0; i < scheme; i++) {
      char c = target.charAt(i);
      if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')) {
        return -1;
      }
    }
    return scheme + 3;
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

  private static String clean(String path) {
    var segments = new ArrayDeque<String>();
    boolean directory = true;
    int from = 1;
    while (from <= path.length()) {
      int to = path.indexOf('/', from);
      if (to < 0) {
        to = path.length();
      }
      String segment = path.substring(from, to);
      switch (segment) {
        case "", "." -> directory = true;
        case ".." -> {
          segments.pollLast();
          directory = true;
        }
        default -> {
          segments.addLast(segment);
          directory = false;
        }
      }
      from = to + 1;
    }
    if (segments.isEmpty()) {
      return "/";
    }
    return "/" + String.join("/", segments) + (directory ? "/" : "");
  }

  private static String percentDecode(String path) {
    var bytes = ByteBuffer.allocate(path.length() * 3);
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      int high = c == '%' && i + 2 < path.length() ? Character.digit(path.charAt(i + 1), 16) : -1;
      int low = high < 0 ? -1 : Character.digit(path.charAt(i + 2), 16);
      if (low >= 0) {
        bytes.put((byte) (high << 4 | low));
        i += 2;
      } else if (c < 0x80) {
        bytes.put((byte) c);
      } else {
        bytes.put(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
      }
    }
    bytes.flip();
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(bytes.duplicate())
          .toString();
    } catch (CharacterCodingException notUtf8) {
      return StandardCharsets.ISO_8859_1.decode(bytes).toString();
    }
  }
}
