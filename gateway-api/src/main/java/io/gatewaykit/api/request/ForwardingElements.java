package io.gatewaykit.api.request;

import java.net.InetAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Walks the elements of one {@code X-Forwarded-For} or {@code Forwarded} line from right to left.
 *
 * <p>Splitting from the right is safe in spite of quoted strings: a comma inside quotes makes an
 * element that is no address, and such an element ends the walk.
 */
final class ForwardingElements {
  private final String line;
  private final boolean standard;
  private int end;
  private String element = "";

  ForwardingElements(String line, boolean standard) {
    this.line = line;
    this.standard = standard;
    this.end = line.length();
  }

  /**
   * Steps to the element left of the current one; false if there is none. Empty elements are
   * skipped.
   */
  boolean previous() {
    while (end >= 0) {
      int comma = end == 0 ? -1 : line.lastIndexOf(',', end - 1);
      element = line.substring(comma + 1, end).trim();
      end = comma;
      if (!element.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** Returns the current element's address, or null if it names none. */
  @Nullable InetAddress address() {
    String node = standard ? forParameter(element) : element;
    return node == null ? null : node(node);
  }

  /** The value of the element's one {@code for} parameter (RFC 7239 §4), unquoted. */
  private static @Nullable String forParameter(String element) {
    String found = null;
    for (String pair : element.split(";", 16)) {
      int equals = pair.indexOf('=');
      if (equals < 0 || !pair.substring(0, equals).trim().toLowerCase(Locale.ROOT).equals("for")) {
        continue;
      }
      if (found != null) {
        return null; // "Each parameter MUST NOT occur more than once": which one would be true?
      }
      found = pair.substring(equals + 1).trim();
    }
    if (found != null && found.length() >= 2 && found.startsWith("\"") && found.endsWith("\"")) {
      return found.substring(1, found.length() - 1);
    }
    return found;
  }

  /** An address with or without port: {@code 1.2.3.4:80}, {@code [2001:db8::1]:80}, bare IPv6. */
  private static @Nullable InetAddress node(String node) {
    String host = node;
    if (node.startsWith("[")) {
      int close = node.indexOf(']');
      if (close < 0 || !isPort(node, close + 1)) {
        return null;
      }
      host = node.substring(1, close);
    } else {
      int colon = node.indexOf(':');
      if (colon >= 0 && node.indexOf(':', colon + 1) < 0) {
        if (!isPort(node, colon)) {
          return null;
        }
        host = node.substring(0, colon);
      }
    }
    int zone = host.indexOf('%');
    return IpLiteral.parse(zone < 0 ? host : host.substring(0, zone));
  }

  /** Whether the rest from {@code from} is empty or a colon and a port, real or obfuscated. */
  private static boolean isPort(String node, int from) {
    return from == node.length() || node.charAt(from) == ':' && from + 1 < node.length();
  }
}
