// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import java.util.Arrays;

/**
 * Decodes base64 like RFC 2045 §6.8: characters outside its alphabet are skipped, and padding ends
 * a group.
 */
final class Base64Reader implements BodyReader {
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  private static final byte[] VALUES = new byte[128];

  static {
    Arrays.fill(VALUES, (byte) -1);
    for (int i = 0; i < ALPHABET.length(); i++) {
      VALUES[ALPHABET.charAt(i)] = (byte) i;
    }
  }

  private final BodyReader content;
  private final byte[] decoded = new byte[4 << 10];
  private int length;
  private int group; // the bits that are not decoded yet
  private int bits;

  Base64Reader(BodyReader content) {
    this.content = content;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      int value = bytes[i] < 0 ? -1 : VALUES[bytes[i]];
      if (value >= 0) {
        group = (group << 6 | value) & 0xFFF;
        bits += 6;
        if (bits >= 8) {
          bits -= 8;
          decoded[length++] = (byte) (group >> bits);
        }
      } else if (bytes[i] == '=') {
        bits = 0;
      }
      if (length == decoded.length) {
        pass();
      }
    }
    pass();
  }

  private void pass() {
    if (length > 0) {
      content.feed(decoded, 0, length);
      length = 0;
    }
  }

  @Override
  public void finish(boolean complete) {
    content.finish(complete);
  }
}
