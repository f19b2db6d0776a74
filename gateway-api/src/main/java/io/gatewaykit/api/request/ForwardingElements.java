// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import java.net.InetAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Iterates over the elements of one {@code X-Forwarded-For} or {@code Forwarded} line from right to
 * left.
 *
 * <p>Splitting from the right is safe despite quoted strings: a comma within quotes results in an
 * element that is not an address, and such an element ends the iteration.
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
   * Moves to the element left of the current one. Empty elements are skipped. Returns false at the
   * end.
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

  /** Returns the address of the current element, or null if it contains none. */
  @Nullable InetAddress address() {
    String node = standard ? forParameter(element) : element;
    return node == null ? null : node(node);
  }

  /** Returns the value of the element's single {@code for} parameter (RFC 7239 §4), unquoted. */
  private static @Nullable String forParameter(String element) {
    String found = null;
    for (String pair : element.split(";", 16)) {
      int equals = pair.indexOf('=');
      if (equals < 0 || !pair.substring(0, equals).trim().toLowerCase(Locale.ROOT).equals("for")) {
        continue;
      }
      if (found != null) {
        return null; // "Each parameter MUST NOT occur more than once": the element is ambiguous
      }
      found = pair.substring(equals + 1).trim();
    }
    if (found != null && found.length() >= 2 && found.startsWith("\"") && found.endsWith("\"")) {
      return found.substring(1, found.length() - 1);
    }
    return found;
  }

  /**
   * Parses an address with or without port: {@code 1.2.3.4:80}, {@code [2001:db8::1]:80}, bare
   * IPv6.
   */
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

  /**
   * Returns whether the text from {@code from} is empty or a colon and a port, real or obfuscated.
   */
  private static boolean isPort(String node, int from) {
    return from == node.length() || node.charAt(from) == ':' && from + 1 < node.length();
  }
}
