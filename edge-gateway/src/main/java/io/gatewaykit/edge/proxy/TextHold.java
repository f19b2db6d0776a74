// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.gatewaykit.api.request.BodyBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Holds the frames of one text message until it is complete, in one buffer however small they are.
 * The budget is charged twice their size, because the unmasked message is a second copy.
 */
final class TextHold {
  private static final int MIN_CAPACITY = 256;

  private final BodyBudget budget;
  private final ByteBufAllocator allocator;
  private final FrameHeader header = new FrameHeader();
  private @Nullable ByteBuf frames;
  private long reserved;

  TextHold(BodyBudget budget, ByteBufAllocator allocator) {
    this.budget = budget;
    this.allocator = allocator;
  }

  /** Adds a header. Returns false if the budget is exhausted. */
  boolean add(FrameHeader frame) {
    long first = FrameHeader.MAX_BYTES + Math.min(frame.payloadLength(), MIN_CAPACITY);
    ByteBuf to =
        ensureCapacity(FrameHeader.MAX_BYTES, frame.isFinal() ? (int) first : MIN_CAPACITY);
    if (to == null) {
      return false;
    }
    frame.writeTo(to);
    return true;
  }

  /** Adds bytes of a payload. Returns false if the budget is exhausted. */
  boolean add(ByteBuf in, int bytes) {
    ByteBuf to = ensureCapacity(bytes, MIN_CAPACITY);
    if (to == null) {
      return false;
    }
    to.writeBytes(in, bytes);
    return true;
  }

  private @Nullable ByteBuf ensureCapacity(int bytes, int minCapacity) {
    ByteBuf held = frames;
    int capacity = held == null ? 0 : held.capacity();
    int needed = bytes + (held == null ? 0 : held.writerIndex());
    if (held != null && needed <= capacity) {
      return held;
    }
    int grown = Math.max(minCapacity, Math.max(needed, capacity + (capacity >> 1)));
    long more = 2L * (grown - capacity);
    if (!budget.tryReserve(more)) {
      return null;
    }
    reserved += more;
    held = held == null ? allocator.buffer(grown) : held.capacity(grown);
    frames = held;
    return held;
  }

  boolean isEmpty() {
    return frames == null;
  }

  /** Returns the unmasked message; the caller takes over the reservation. */
  HeldText complete() {
    ByteBuf in = heldFrames().duplicate();
    ByteBuf payload = allocator.buffer(in.readableBytes());
    while (in.isReadable()) {
      header.clear();
      header.read(in);
      unmask(in, (int) header.payloadLength(), header.mask(), payload);
    }
    var message = new HeldText(payload, reserved);
    reserved = 0;
    return message;
  }

  private static void unmask(ByteBuf in, int bytes, int mask, ByteBuf out) {
    int left = bytes;
    for (; left >= 4; left -= 4) {
      out.writeInt(in.readInt() ^ mask);
    }
    for (int shift = 24; left > 0; left--, shift -= 8) {
      out.writeByte(in.readByte() ^ mask >> shift);
    }
  }

  /** Removes and returns the frames as received. */
  ByteBuf takeFrames() {
    ByteBuf held = heldFrames();
    frames = null;
    return held;
  }

  private ByteBuf heldFrames() {
    if (frames == null) {
      throw new IllegalStateException("frames: none (expected: those of a message)");
    }
    return frames;
  }

  void release() {
    if (frames != null) {
      frames.release();
      frames = null;
    }
    budget.release(reserved);
    reserved = 0;
  }
}
