// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.buffer.ByteBuf;

/** Tracks the frames of a server, so that a close frame can be inserted between two of them. */
final class ServerFrames {
  private final FrameHeader header = new FrameHeader();
  private long remaining;
  private boolean closed;

  boolean isAtBoundary() {
    return remaining == 0 && header.isEmpty();
  }

  /** Returns whether the server has sent a close frame, which is its last frame. */
  boolean isClosed() {
    return closed;
  }

  /** Tracks bytes to their end, without consuming them. */
  void follow(ByteBuf bytes) {
    ByteBuf view = bytes.duplicate();
    while (view.isReadable()) {
      followFrame(view);
    }
  }

  /** Returns the number of bytes to the end of the current frame, at most all; consumes none. */
  int bytesToBoundary(ByteBuf bytes) {
    ByteBuf view = bytes.duplicate();
    while (view.isReadable() && !isAtBoundary()) {
      followFrame(view);
    }
    return view.readerIndex() - bytes.readerIndex();
  }

  private void followFrame(ByteBuf view) {
    if (remaining == 0) {
      if (!header.read(view)) {
        return;
      }
      remaining = header.payloadLength() & Long.MAX_VALUE;
      closed |= header.opcode() == FrameHeader.CLOSE;
    }
    int skipped = (int) Math.min(remaining, view.readableBytes());
    view.skipBytes(skipped);
    remaining -= skipped;
    if (remaining == 0) {
      header.clear();
    }
  }
}
