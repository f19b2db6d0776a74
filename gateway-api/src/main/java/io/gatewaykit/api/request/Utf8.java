// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import java.nio.ByteBuffer;

/** Recognizes UTF-8 sequences in bytes (RFC 3629 §4). */
final class Utf8 {
  private Utf8() {}

  /**
   * Returns the length of the multi-byte sequence at the position, 2 to 4; 1 if it is malformed.
   */
  static int length(ByteBuffer bytes) {
    int first = at(bytes, 0);
    int second = at(bytes, 1);
    if (first >= 0xc2 && first <= 0xdf) {
      return isContinuation(second) ? 2 : 1;
    }
    if (first >= 0xe0 && first <= 0xef) {
      boolean legal =
          isContinuation(second)
              && !(first == 0xe0 && second < 0xa0)
              && !(first == 0xed && second > 0x9f);
      return legal && isContinuation(at(bytes, 2)) ? 3 : 1;
    }
    if (first >= 0xf0 && first <= 0xf4) {
      boolean legal =
          isContinuation(second)
              && !(first == 0xf0 && second < 0x90)
              && !(first == 0xf4 && second > 0x8f);
      return legal && isContinuation(at(bytes, 2)) && isContinuation(at(bytes, 3)) ? 4 : 1;
    }
    return 1;
  }

  private static int at(ByteBuffer bytes, int offset) {
    int index = bytes.position() + offset;
    return index < bytes.limit() ? bytes.get(index) & 0xff : -1;
  }

  private static boolean isContinuation(int value) {
    return value >= 0x80 && value <= 0xbf;
  }
}
