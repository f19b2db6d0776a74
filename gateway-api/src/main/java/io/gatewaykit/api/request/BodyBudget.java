// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import io.gatewaykit.api.internal.Arguments;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Limits the total memory for the buffered bodies of all requests. An adapter reserves bytes before
 * it buffers them, and rejects the request with 503 if the budget is exhausted. Thread-safe; does
 * not allocate.
 */
public final class BodyBudget {
  private static final long MIN_BYTES = 1 << 20;
  private static final int HEAP_FRACTION = 8;

  private final long maxBytes;
  private final AtomicLong used = new AtomicLong();
  private final LongAdder rejections = new LongAdder();

  private BodyBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Returns a budget.
   *
   * @param maxBytes at least 1 MiB
   * @throws IllegalArgumentException if out of range
   */
  public static BodyBudget of(long maxBytes) {
    if (maxBytes < MIN_BYTES) {
      throw Arguments.outside("maxBytes", maxBytes, ">= " + MIN_BYTES);
    }
    return new BodyBudget(maxBytes);
  }

  /** Returns a budget of an eighth of the maximum heap. */
  public static BodyBudget ofHeapFraction() {
    return of(Math.max(MIN_BYTES, Runtime.getRuntime().maxMemory() / HEAP_FRACTION));
  }

  /**
   * Reserves bytes. The caller releases them exactly once.
   *
   * @param bytes at least 0
   * @return false if the budget is exhausted; then nothing is reserved and the rejection is counted
   * @throws IllegalArgumentException if {@code bytes} is negative
   */
  public boolean tryReserve(long bytes) {
    Arguments.notNegative("bytes", bytes);
    long before = used.get();
    while (bytes <= maxBytes - before) {
      if (used.weakCompareAndSetVolatile(before, before + bytes)) {
        return true;
      }
      before = used.get();
    }
    rejections.increment();
    return false;
  }

  /**
   * Releases reserved bytes.
   *
   * @throws IllegalArgumentException if {@code bytes} is negative
   * @throws IllegalStateException if more is released than was reserved; nothing is released then
   */
  public void release(long bytes) {
    Arguments.notNegative("bytes", bytes);
    long before = used.get();
    while (bytes <= before) {
      if (used.weakCompareAndSetVolatile(before, before - bytes)) {
        return;
      }
      before = used.get();
    }
    throw new IllegalStateException("bytes: " + bytes + " (expected: 0.." + before + " reserved)");
  }

  /** Returns the size of the budget. */
  public long maxBytes() {
    return maxBytes;
  }

  /** Returns the number of bytes reserved now. */
  public long usedBytes() {
    return used.get();
  }

  /** Returns the number of failed reservations. */
  public long rejections() {
    return rejections.sum();
  }
}
