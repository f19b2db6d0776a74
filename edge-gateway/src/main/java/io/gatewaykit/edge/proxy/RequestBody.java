// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.gatewaykit.api.request.BodyBudget;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpContent;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The buffered part of a request body: the bytes that await a connection and, for a small body,
 * those required by another attempt.
 */
final class RequestBody {
  /** The maximum size of a body to send more than once, and of bytes that await a connection. */
  static final int MAX_KEPT = 64 << 10;

  private final Queue<HttpContent> parts = new ArrayDeque<>(2);
  private final BodyBudget budget;
  private int bytes;
  private boolean whole = true;

  RequestBody(BodyBudget budget) {
    this.budget = budget;
  }

  /** Returns whether the body can still be sent from its beginning. */
  boolean canRestart() {
    return whole;
  }

  /** Returns whether the body can be sent to two servers, each from its beginning. */
  boolean isRepeatable() {
    return whole && bytes <= MAX_KEPT;
  }

  /** Returns whether no further bytes can be buffered. */
  boolean isFull() {
    return bytes >= MAX_KEPT;
  }

  /** Takes ownership of a part to send later. Returns false if the budget is exhausted. */
  boolean keepUnsent(HttpContent part) {
    int size = part.content().readableBytes();
    parts.add(part);
    if (!budget.tryReserve(size)) {
      return false;
    }
    bytes += size;
    return true;
  }

  /** Takes ownership of a part, and returns the part to send now. */
  HttpContent send(HttpContent part) {
    int size = part.content().readableBytes();
    if (whole && bytes + size <= MAX_KEPT && budget.tryReserve(size)) {
      parts.add(part);
      bytes += size;
      return again(part);
    }
    discard(); // exceeds the limit of this body or of all: no further attempt is possible
    whole = false;
    return part;
  }

  /** Sends all buffered parts, from the start of the body. */
  void sendKept(UpstreamConnection server) {
    if (bytes <= MAX_KEPT) {
      for (HttpContent part : parts) {
        server.write(again(part));
      }
      return;
    }
    whole = false;
    budget.release(bytes);
    bytes = 0;
    for (HttpContent part = parts.poll(); part != null; part = parts.poll()) {
      server.write(part);
    }
  }

  private static HttpContent again(HttpContent part) {
    ByteBuf content = part.content();
    return content.isReadable() ? part.retainedDuplicate() : part.retain();
  }

  /** Releases all buffered parts. */
  void discard() {
    for (HttpContent part = parts.poll(); part != null; part = parts.poll()) {
      part.release();
    }
    budget.release(bytes);
    bytes = 0;
  }
}
