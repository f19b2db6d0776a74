// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.request.BodyBudget;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Measures the rate at which a client sends its request. Each window must reach a minimum rate; the
 * first window is the grace period. A slow client can therefore take any time, and a stalled one is
 * detected. A head is reserved in the budget from its first byte to the end of the response, except
 * that one ordinary head of a connection needs no reservation once it is complete. Confined to one
 * event loop.
 */
final class RequestProgress {
  /** The minimum period over which a rate is measured. */
  static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** The minimum average rate of a window. */
  static final int MIN_BYTES_PER_SECOND = 256;

  /** The memory of a head that is not reserved once the head is complete. */
  static final int ORDINARY_HEAD_BYTES = 8 << 10;

  private final Ticker ticker;
  private final BodyBudget budget;
  private Part part = Part.NONE;
  private long lastByte;
  private long windowStart;
  private long windowBytes;
  private long lastResponse;

  /** The reservation for the incomplete head. */
  private int reserved;

  /** The reservations for the heads that await their response, in order. */
  private final Queue<Integer> heads = new ArrayDeque<>(2);

  private enum Part {
    /** Between two requests. */
    NONE,
    HEAD,
    BODY
  }

  RequestProgress(Ticker ticker, BodyBudget budget) {
    this.ticker = ticker;
    this.budget = budget;
    lastByte = ticker.read();
    lastResponse = lastByte;
  }

  /** Records received bytes, before they are decoded. */
  void received(int bytes) {
    lastByte = ticker.read();
    if (part == Part.NONE) {
      part = Part.HEAD;
      restart();
    }
    windowBytes += bytes;
  }

  /**
   * Records the size of an incomplete head after decoding.
   *
   * @param undecoded the bytes of the incomplete head; 0 if none
   * @return false if the budget is exhausted
   */
  boolean decoded(int undecoded) {
    if (part == Part.NONE && undecoded > 0) { // it followed the end of a request
      part = Part.HEAD;
      restart();
      windowBytes = undecoded;
    }
    if (part != Part.HEAD || undecoded <= reserved) {
      return true;
    }
    if (!budget.tryReserve(undecoded - reserved)) {
      return false;
    }
    reserved = undecoded;
    return true;
  }

  /**
   * Retains the reservation for the head until {@link #responseEnded}. An ordinary head needs none
   * unless another one awaits its response: the limit of connections bounds the memory of such
   * heads, and requests are served even if stalled uploads hold the entire budget.
   *
   * @param memory the approximate memory of the head, in bytes
   * @return false if the budget is exhausted
   */
  boolean headEnded(int memory) {
    part = Part.BODY;
    int bytes = heads.isEmpty() && memory <= ORDINARY_HEAD_BYTES ? 0 : memory;
    int more = bytes - reserved;
    if (more > 0 && !budget.tryReserve(more)) {
      return false;
    }
    budget.release(Math.max(0, -more));
    reserved = 0;
    heads.add(bytes);
    return true;
  }

  /** Releases the head of the request whose response has been written. */
  void responseEnded() {
    Integer head = heads.poll();
    if (head != null) {
      budget.release(head);
    }
    responseProgressed();
  }

  /** Records that the client has taken bytes of the response. */
  void responseProgressed() {
    lastResponse = ticker.read();
  }

  void requestEnded() {
    part = Part.NONE;
  }

  /** Releases all reservations. */
  void release() {
    budget.release(reserved);
    reserved = 0;
    for (Integer head = heads.poll(); head != null; head = heads.poll()) {
      budget.release(head);
    }
  }

  /** Starts a new window, after a period in which the client was not read. */
  void restart() {
    windowStart = ticker.read();
    windowBytes = 0;
  }

  /**
   * Returns the time since the client's last progress. While the response waits for the client,
   * bytes that the client sends are none.
   *
   * @param writable whether the response does not wait
   */
  long nanosSinceProgress(boolean writable) {
    long now = ticker.read();
    return writable ? Math.min(now - lastByte, now - lastResponse) : now - lastResponse;
  }

  /** Returns whether the last complete window was below the minimum rate. */
  boolean isTooSlow() {
    long elapsed = ticker.read() - windowStart;
    if (part == Part.NONE || elapsed < WINDOW_NANOS) {
      return false;
    }
    boolean slow = windowBytes < TimeUnit.NANOSECONDS.toSeconds(elapsed) * MIN_BYTES_PER_SECOND;
    restart();
    return slow;
  }
}
