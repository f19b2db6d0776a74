// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.buffer.ByteBuf;

/** The header of a WebSocket frame (RFC 6455 §5.2), parsed incrementally. Reusable. */
final class FrameHeader {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PONG = 10;

  /** The maximum header: two bytes, a length of eight and a mask of four. */
  static final int MAX_BYTES = 14;

  private static final int LENGTH_OF_2 = 126;
  private static final int LENGTH_OF_8 = 127;
  private static final int MAX_LENGTH_OF_2 = 0xffff;

  private final byte[] bytes = new byte[MAX_BYTES];
  private int length;

  /** Consumes bytes until the header is complete. Returns whether it is. */
  boolean read(ByteBuf in) {
    while (length < neededBytes()) {
      if (!in.isReadable()) {
        return false;
      }
      bytes[length++] = in.readByte();
    }
    return true;
  }

  private int neededBytes() {
    if (length < 2) {
      return 2;
    }
    int code = lengthCode();
    int extended = code == LENGTH_OF_2 ? 2 : code == LENGTH_OF_8 ? 8 : 0;
    return 2 + extended + (isMasked() ? 4 : 0);
  }

  boolean isEmpty() {
    return length == 0;
  }

  void clear() {
    length = 0;
  }

  /** Returns the number of bytes read so far. */
  int size() {
    return length;
  }

  void writeTo(ByteBuf out) {
    out.writeBytes(bytes, 0, length);
  }

  boolean isFinal() {
    return (bytes[0] & 0x80) != 0;
  }

  /** Returns whether a bit reserved for extensions is set. */
  boolean usesExtension() {
    return (bytes[0] & 0x70) != 0;
  }

  int opcode() {
    return bytes[0] & 0x0f;
  }

  boolean isControl() {
    return opcode() >= CLOSE;
  }

  boolean isMasked() {
    return (bytes[1] & 0x80) != 0;
  }

  /** Returns the mask of the payload; 0 if it has none. */
  int mask() {
    return isMasked() ? (int) number(length - 4, 4) : 0;
  }

  private int lengthCode() {
    return bytes[1] & 0x7f;
  }

  /** Returns the number of bytes that follow; negative if the frame is malformed. */
  long payloadLength() {
    int code = lengthCode();
    if (code < LENGTH_OF_2) {
      return code;
    }
    return code == LENGTH_OF_2 ? number(2, 2) : number(2, 8);
  }

  /** Returns whether the length has its shortest form, which RFC 6455 requires. */
  boolean isLengthMinimal() {
    int code = lengthCode();
    return code < LENGTH_OF_2
        || payloadLength() > (code == LENGTH_OF_2 ? LENGTH_OF_2 - 1 : MAX_LENGTH_OF_2);
  }

  private long number(int from, int count) {
    long number = 0;
    for (int i = from; i < from + count; i++) {
      number = number << 8 | bytes[i] & 0xff;
    }
    return number;
  }
}
