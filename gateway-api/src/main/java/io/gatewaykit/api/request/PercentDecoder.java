// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Decodes percent-encoded paths. Never fails: bytes that are not UTF-8 become the ISO-8859-1
 * characters of the same value, and an incomplete escape is left unchanged.
 */
final class PercentDecoder {
  private PercentDecoder() {}

  /**
   * Returns the path decoded once; the same object if nothing has to be decoded.
   *
   * @param keepSlashes whether {@code %2F} is left unchanged, as by servers that distinguish it
   *     from a slash
   */
  static String decode(String path, boolean keepSlashes) {
    if (!needsDecoding(path)) {
      return path;
    }
    byte[] bytes = new byte[path.length() * 3];
    int length = 0;
    int all = 0; // the sign indicates whether all bytes are ASCII
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      int value = c == '%' ? escaped(path, i) : -1;
      if (value >= 0 && !(keepSlashes && value == '/')) {
        bytes[length++] = (byte) value;
        i += 2;
      } else if (c <= 0xff) {
        bytes[length++] = (byte) c; // adapters pass raw bytes as characters
      } else {
        for (byte b : String.valueOf(c).getBytes(StandardCharsets.UTF_8)) {
          bytes[length++] = b;
        }
      }
      all |= bytes[length - 1];
    }
    return all >= 0
        ? new String(bytes, 0, length, StandardCharsets.ISO_8859_1)
        : text(ByteBuffer.wrap(bytes, 0, length));
  }

  private static boolean needsDecoding(String path) {
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '%' || c >= 0x80 && c <= 0xff) {
        return true;
      }
    }
    return false;
  }

  /** Returns the value of the escape at the index, -1 if it is incomplete. */
  static int escaped(String path, int percent) {
    if (percent + 2 >= path.length()) {
      return -1;
    }
    int high = digit(path.charAt(percent + 1));
    int low = digit(path.charAt(percent + 2));
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static int digit(char c) {
    return c <= 'f' ? Character.digit(c, 16) : -1; // reject non-ASCII digits
  }

  private static String text(ByteBuffer bytes) {
    var text = new StringBuilder(bytes.remaining());
    while (bytes.hasRemaining()) {
      int first = bytes.get(bytes.position()) & 0xff;
      int length = first < 0x80 ? 1 : Utf8.length(bytes);
      if (length == 1) {
        text.append((char) first);
        bytes.get();
      } else {
        byte[] sequence = new byte[length];
        bytes.get(sequence);
        text.append(new String(sequence, StandardCharsets.UTF_8));
      }
    }
    return text.toString();
  }
}
