// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A strict parser for IP address literals. Unlike {@link InetAddress#getByName} it never performs a
 * DNS lookup and rejects IPv4 short forms ({@code 127.1}) and leading zeros (octal to some
 * parsers). IPv4-mapped IPv6 addresses are returned as IPv4, so that a host has a single form. RFC
 * 4291 §2.2, RFC 6943 §3.1.1.
 */
final class IpLiteral {
  private IpLiteral() {}

  /** Returns the address, or null if the text is not exactly one literal. */
  static @Nullable InetAddress parse(String text) {
    if (text.length() > 45 || text.isEmpty()) {
      return null;
    }
    byte[] bytes = new byte[16];
    int length = text.indexOf(':') >= 0 ? parseV6(text, bytes) : parseV4(text, 0, bytes, 0);
    if (length < 0) {
      return null;
    }
    byte[] exact = length == 16 ? bytes : new byte[] {bytes[0], bytes[1], bytes[2], bytes[3]};
    return of(exact);
  }

  /** Creates an address of 4 or 16 bytes; the JDK converts IPv4-mapped ones to IPv4. */
  static InetAddress of(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of " + bytes.length + " bytes", e);
    }
  }

  /** Writes four bytes at {@code at} and returns 4, or returns -1. */
  private static int parseV4(String text, int from, byte[] out, int at) {
    int parts = 0;
    int i = from;
    while (parts < 4) {
      int start = i;
      int value = 0;
      while (i < text.length() && isDigit(text.charAt(i)) && i - start < 3) {
        value = value * 10 + text.charAt(i++) - '0';
      }
      int digits = i - start;
      if (digits == 0 || value > 255 || digits > 1 && text.charAt(start) == '0') {
        return -1;
      }
      out[at + parts++] = (byte) value;
      if (parts < 4 && (i >= text.length() || text.charAt(i++) != '.')) {
        return -1;
      }
    }
    return i == text.length() ? 4 : -1;
  }

  private static int parseV6(String text, byte[] out) {
    int at = 0; // bytes written
    int gap = -1; // the position of "::", in bytes
    int i = 0;
    if (text.startsWith("::")) {
      gap = 0;
      i = 2;
    } else if (text.charAt(0) == ':') {
      return -1;
    }
    while (i < text.length()) {
      if (at == 16) {
        return -1;
      }
      int start = i;
      int value = 0;
      int digit;
      while (i < text.length() && i - start < 5 && (digit = hexDigit(text.charAt(i))) >= 0) {
        value = value << 4 | digit;
        i++;
      }
      if (i < text.length() && text.charAt(i) == '.') {
        if (at > 12 || parseV4(text, start, out, at) < 0) {
          return -1;
        }
        at += 4;
        break;
      }
      if (i == start || i - start > 4) {
        return -1;
      }
      out[at++] = (byte) (value >> 8);
      out[at++] = (byte) value;
      if (i == text.length()) {
        break;
      }
      if (text.charAt(i++) != ':') {
        return -1;
      }
      if (i < text.length() && text.charAt(i) == ':') {
        if (gap >= 0) {
          return -1;
        }
        gap = at;
        i++;
      } else if (i == text.length()) {
        return -1; // one trailing colon
      }
    }
    if (gap < 0) {
      return at == 16 ? 16 : -1;
    }
    if (at == 16) {
      return -1; // "::" must represent at least one group
    }
    System.arraycopy(out, gap, out, 16 - (at - gap), at - gap);
    Arrays.fill(out, gap, 16 - (at - gap), (byte) 0);
    return 16;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static int hexDigit(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }
}
