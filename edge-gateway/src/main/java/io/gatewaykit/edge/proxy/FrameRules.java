// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the sequence of a client's frames (RFC 6455 §5) and the size of its messages. The
 * headers of the frames of one message may take as many bytes as its payload, at least {@link
 * #MIN_HEADER_BYTES}. Otherwise a message of empty fragments would never end.
 */
final class FrameRules {
  /** The number of bytes that the frame headers of any message may take. */
  static final int MIN_HEADER_BYTES = 4 << 10;

  private static final int MAX_CONTROL_PAYLOAD = 125;

  private final boolean extensions;
  private final long maxMessageBytes;
  private final long maxHeaderBytes;
  private boolean inMessage;
  private boolean text;
  private long messageBytes;
  private long headerBytes;

  /**
   * Creates rules.
   *
   * @param extensions whether client and server may have negotiated extensions
   * @param maxMessageBytes the largest message; {@link MessagePolicy#UNBOUNDED} for none
   */
  FrameRules(boolean extensions, int maxMessageBytes) {
    this.extensions = extensions;
    boolean bounded = maxMessageBytes != MessagePolicy.UNBOUNDED;
    this.maxMessageBytes = bounded ? maxMessageBytes : Long.MAX_VALUE;
    maxHeaderBytes = Math.max(MIN_HEADER_BYTES, this.maxMessageBytes);
  }

  /** Returns the close status for a violation by this frame, or null if it is valid. */
  @Nullable WebSocketCloseStatus violation(FrameHeader frame) {
    if (!isWellFormed(frame)) {
      return WebSocketCloseStatus.PROTOCOL_ERROR;
    }
    if (frame.isControl()) {
      return null;
    }
    boolean continues = frame.opcode() == FrameHeader.CONTINUATION;
    if (continues != inMessage) {
      return WebSocketCloseStatus.PROTOCOL_ERROR;
    }
    if (!continues) {
      text = frame.opcode() == FrameHeader.TEXT;
      messageBytes = 0;
      headerBytes = 0;
    }
    inMessage = !frame.isFinal();
    long length = frame.payloadLength();
    int header = frame.size();
    if (length > maxMessageBytes - messageBytes || header > maxHeaderBytes - headerBytes) {
      return WebSocketCloseStatus.MESSAGE_TOO_BIG; // a sum could overflow
    }
    messageBytes += length;
    headerBytes += header;
    return null;
  }

  private boolean isWellFormed(FrameHeader frame) {
    boolean known =
        frame.opcode() <= FrameHeader.BINARY
            || frame.isControl() && frame.opcode() <= FrameHeader.PONG;
    boolean fits =
        !frame.isControl() || frame.isFinal() && frame.payloadLength() <= MAX_CONTROL_PAYLOAD;
    return known
        && fits
        && frame.isMasked()
        && frame.isLengthMinimal()
        && (extensions || !frame.usesExtension());
  }

  /** Returns whether the current message is a text. */
  boolean isText() {
    return text;
  }

  /**
   * Returns whether a close frame is malformed: its payload is empty or starts with a status.
   *
   * @param frame its bytes, with header and mask
   */
  static boolean isMalformedClose(FrameHeader header, ByteBuf frame) {
    int size = (int) header.payloadLength();
    if (size < 2) {
      return size == 1;
    }
    int masked = frame.getUnsignedShort(frame.writerIndex() - size);
    return !WebSocketCloseStatus.isValidStatusCode(masked ^ header.mask() >>> 16);
  }
}
