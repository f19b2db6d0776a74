// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import java.util.Locale;

/** Parses {@code host:port} of a {@code Host} field or a target. */
final class Authority {
  private static final int MAX_PORT_DIGITS = 5;

  private Authority() {}

  /**
   * Returns whether this is a host with an optional port: letters, digits and {@code - . _ ~}, or
   * an IPv6 literal in brackets; the port up to 65535 or empty. Stricter than RFC 3986 §3.2.2:
   * percent-encoding and sub-delimiters do not occur in real host names, but would give one host
   * many names.
   */
  static boolean isValid(CharSequence authority) {
    int end = hostEnd(authority);
    return end > 0 && isPort(authority, end);
  }

  /** Returns the end of the host, or -1 if it is invalid. */
  private static int hostEnd(CharSequence authority) {
    if (authority.length() > 0 && authority.charAt(0) == '[') {
      String text = authority.toString();
      int close = text.indexOf(']');
      String literal = close > 0 ? text.substring(1, close) : "";
      return literal.contains(":") && IpLiteral.parse(literal) != null ? close + 1 : -1;
    }
    char before = '.'; // so that the name cannot start with one
    int i = 0;
    while (i < authority.length() && isNameChar(authority.charAt(i))) {
      char c = authority.charAt(i);
      if (c == '.' && before == '.') {
        return -1;
      }
      before = c;
      i++;
    }
    return i;
  }

  private static boolean isNameChar(char c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '.'
        || c == '-'
        || c == '_'
        || c == '~';
  }

  private static boolean isPort(CharSequence authority, int from) {
    return from == authority.length()
        || authority.charAt(from) == ':' && port(authority, from + 1) >= 0;
  }

  /** Returns the port; 0 if empty, -1 if invalid. */
  private static int port(CharSequence authority, int from) {
    int port = 0;
    int digits = 0;
    for (int i = from; i < authority.length(); i++) {
      char c = authority.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      digits += digits > 0 || c != '0' ? 1 : 0; // leading zeros are valid
      if (digits > MAX_PORT_DIGITS) {
        return -1;
      }
      port = port * 10 + c - '0';
    }
    return port <= 0xffff ? port : -1;
  }

  /**
   * Returns the host in the canonical form that policies compare: in lower case, without user, port
   * and the trailing dot of the root.
   */
  static String host(String authority) {
    int user = authority.lastIndexOf('@');
    int from = user + 1;
    int colon = authority.lastIndexOf(':');
    int to = colon > authority.lastIndexOf(']') && colon >= from ? colon : authority.length();
    if (to > from + 1 && authority.charAt(to - 1) == '.') {
      to--;
    }
    return authority.substring(from, to).toLowerCase(Locale.ROOT);
  }

  /** Returns whether two valid authorities denote the same server for the scheme. */
  static boolean isSame(String a, String b, boolean secure) {
    return a.equalsIgnoreCase(b) || host(a).equals(host(b)) && port(a, secure) == port(b, secure);
  }

  private static int port(String authority, boolean secure) {
    int colon = authority.lastIndexOf(':');
    int port = colon > authority.lastIndexOf(']') ? port(authority, colon + 1) : 0;
    return port > 0 ? port : secure ? 443 : 80;
  }
}
