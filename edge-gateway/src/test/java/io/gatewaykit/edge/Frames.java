// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

/** WebSocket frames as texts of one char per byte. */
final class Frames {
  private Frames() {}

  /** Returns a frame as sent by clients, one char per byte. */
  static String client(int first, String payload) {
    int[] mask = {0x12, 0x34, 0xab, 0xcd};
    var frame = new StringBuilder();
    frame.append((char) first);
    int length = payload.length();
    if (length < 126) {
      frame.append((char) (0x80 | length));
    } else {
      frame.append((char) (0x80 | 126)).append((char) (length >> 8)).append((char) (length & 0xff));
    }
    for (int b : mask) {
      frame.append((char) b);
    }
    for (int i = 0; i < length; i++) {
      frame.append((char) (payload.charAt(i) ^ mask[i & 3]));
    }
    return frame.toString();
  }

  static String text(String payload) {
    return client(0x81, payload);
  }

  /** Returns the close frame that a client receives before the end of the connection. */
  static String close(int status, String reason) {
    return "\u0088"
        + (char) (2 + reason.length())
        + (char) (status >> 8)
        + (char) (status & 0xff)
        + reason;
  }
}
