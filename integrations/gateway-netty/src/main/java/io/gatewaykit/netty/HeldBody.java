// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The start of a request body, held until the guards have allowed it.
 *
 * <p>Chunks are copied into one buffer, because a retained chunk costs some hundred bytes and keeps
 * its receive buffer alive. A body in a single chunk, the common case, is not copied. The held
 * bytes are reserved in the budget of all requests.
 */
final class HeldBody {
  /** The number of bytes inspected before the event loop serves other channels. */
  static final int SLICE = 16 << 10;

  private static final int MIN_CAPACITY = 256;

  private final BodyInspector inspector;
  private final BodyBudget budget;
  private final ByteBufAllocator allocator;
  private @Nullable HttpContent whole;
  private @Nullable ByteBuf bytes;
  private @Nullable LastHttpContent end;
  private int reserved;
  private int length;
  private int inspected;

  HeldBody(BodyInspector inspector, BodyBudget budget, ByteBufAllocator allocator) {
    this.inspector = inspector;
    this.budget = budget;
    this.allocator = allocator;
  }

  /** Adds a chunk of the body, and inspects once enough has arrived. Returns null to continue. */
  @Nullable Rejection add(HttpContent content) {
    int size = content.content().readableBytes();
    boolean ended = content instanceof LastHttpContent;
    if (ended && bytes == null) {
      whole = content;
      end = (LastHttpContent) content;
      if (!reserve(size)) {
        return RejectionResponses.OVERLOADED;
      }
      length = size;
      return inspect(content.content());
    }
    boolean fits;
    try {
      fits = append(content.content(), size);
      if (ended) {
        end = endOf((LastHttpContent) content);
      }
    } finally {
      content.release(); // also if there is no memory to grow
    }
    return fits ? inspect(requireNonNull(bytes)) : RejectionResponses.OVERLOADED;
  }

  private boolean append(ByteBuf content, int size) {
    ByteBuf held = bytes;
    int capacity = held == null ? 0 : held.capacity();
    if (length + size > capacity) {
      int grown = Math.max(MIN_CAPACITY, Math.max(length + size, Math.min(2 * capacity, limit())));
      if (!reserve(grown - capacity)) {
        return false;
      }
      held = held == null ? allocator.buffer(grown) : held.capacity(grown);
      bytes = held;
    }
    requireNonNull(held).writeBytes(content);
    length += size;
    return true;
  }

  /** Returns the maximum capacity required. */
  private int limit() {
    return (int) Math.min(Integer.MAX_VALUE >> 1, (long) inspector.holdBytes() + SLICE);
  }

  private boolean reserve(int size) {
    if (!budget.tryReserve(size)) {
      return false;
    }
    reserved += size;
    return true;
  }

  private static LastHttpContent endOf(LastHttpContent content) {
    if (content.trailingHeaders().isEmpty()) {
      return LastHttpContent.EMPTY_LAST_CONTENT;
    }
    var end = new DefaultLastHttpContent();
    end.trailingHeaders().set(content.trailingHeaders());
    return end;
  }

  /**
   * Inspects small chunks together, so that a body in one-byte chunks does not cost a call for
   * each.
   */
  private @Nullable Rejection inspect(ByteBuf held) {
    boolean due = isEnded() || exceedsHold() || length - inspected >= SLICE;
    while (due && inspected < length) {
      int size = Math.min(SLICE, length - inspected);
      Rejection rejection = inspect(inspector, held, held.readerIndex() + inspected, size);
      if (rejection != null) {
        return rejection;
      }
      inspected += size;
    }
    return null;
  }

  /** Passes bytes of a buffer to an inspector without changing the reader index. */
  static @Nullable Rejection inspect(BodyInspector inspector, ByteBuf in, int index, int size) {
    for (ByteBuffer part : in.nioBuffers(index, size)) {
      Rejection rejection = inspector.onBytes(part);
      if (rejection != null) {
        return rejection;
      }
    }
    return null;
  }

  /** Returns whether the body exceeds the length to hold. */
  boolean exceedsHold() {
    return length > inspector.holdBytes();
  }

  /** Returns whether the body is complete. */
  boolean isEnded() {
    return end != null;
  }

  /** Returns the verdict on the held bytes. */
  Verdict verdict() {
    return inspector.onHeld(isEnded());
  }

  /** Returns the inspector of the remaining body, or null if it is not inspected. */
  @Nullable BodyInspector inspectorOfRest() {
    return isEnded() || !inspector.inspectsRest() ? null : inspector;
  }

  /** Passes the contents to the receiver, which must release them. */
  void moveTo(Consumer<? super HttpContent> receiver) {
    budget.release(reserved);
    reserved = 0;
    HttpContent all = whole;
    ByteBuf held = bytes;
    LastHttpContent last = end;
    whole = null;
    bytes = null;
    if (all != null) {
      receiver.accept(all);
      return;
    }
    if (held != null) {
      receiver.accept(new DefaultHttpContent(held));
    }
    if (last != null) {
      receiver.accept(last);
    }
  }

  void release() {
    moveTo(HttpContent::release);
  }
}
