// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.request.BodyBudget;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The start of a body, held until the guards have decided. Its memory is reserved from a budget as
 * bytes arrive, regardless of the announced length.
 */
final class HeldBody {
  private static final int FIRST_BYTES = 4 << 10;
  private static final int END = -1;
  private static final int NOT_READ = -2;

  /** The maximum length of an array. */
  private static final int MAX_HOLD_BYTES = Integer.MAX_VALUE - 9;

  private static final Rejection EXHAUSTED =
      Rejection.builder(503, "overloaded", "Service Unavailable")
          .retryAfter(Duration.ofSeconds(1))
          .build();

  private final BodyBudget budget;
  private byte[] bytes = {};
  private int length;
  private boolean complete;

  /**
   * Guarded by this, because both the application's thread and the end of the request release it.
   */
  private long reserved;

  HeldBody(BodyBudget budget) {
    this.budget = budget;
  }

  /**
   * Reads until the body is complete or exceeds the held length of the inspector by one byte.
   * Blocks.
   *
   * @param announced the length of the body; negative if unknown
   * @return the rejection of these bytes, or null to continue
   */
  @Nullable Rejection fill(ServletInputStream in, long announced, BodyInspector inspector)
      throws IOException {
    int max = Math.min(inspector.holdBytes(), MAX_HOLD_BYTES) + 1;
    int first = announced < 0 ? in.read() : NOT_READ; // allocates nothing if there is no body
    if (first == END) {
      complete = true;
      return null;
    }
    while (length < max) {
      if (length == bytes.length && !grow(max)) {
        return EXHAUSTED;
      }
      int count =
          first == NOT_READ ? in.read(bytes, length, bytes.length - length) : more(in, first);
      first = NOT_READ;
      if (count < 0) {
        complete = true;
        return null;
      }
      Rejection rejection = inspector.onBytes(ByteBuffer.wrap(bytes, length, count).slice());
      length += count;
      if (rejection != null) {
        return rejection;
      }
    }
    complete = announced == length || in.isFinished();
    return null;
  }

  /** Stores the first byte and the following bytes that can be read without blocking. */
  private int more(ServletInputStream in, int first) throws IOException {
    bytes[0] = (byte) first;
    int count = Math.min(in.available(), bytes.length - 1);
    return 1 + Math.max(0, count > 0 ? in.read(bytes, 1, count) : 0);
  }

  /** Ends the body as empty, without reading it. */
  void endEmpty() {
    complete = true;
  }

  private boolean grow(int max) {
    int size = (int) Math.min(max, Math.max(FIRST_BYTES, 2L * bytes.length));
    if (!reserve(size - bytes.length)) {
      return false;
    }
    bytes = Arrays.copyOf(bytes, size);
    return true;
  }

  private synchronized boolean reserve(long more) {
    boolean free = budget.tryReserve(more);
    reserved += free ? more : 0;
    return free;
  }

  /** Releases the memory to the budget. Idempotent. */
  synchronized void release() {
    budget.release(reserved);
    reserved = 0;
  }

  /** Returns whether the held bytes are the entire body. */
  boolean isComplete() {
    return complete;
  }

  int length() {
    return length;
  }

  /** Removes and returns the bytes, of which the first {@link #length} are valid. */
  byte[] take() {
    byte[] taken = bytes;
    bytes = new byte[0];
    return taken;
  }
}
