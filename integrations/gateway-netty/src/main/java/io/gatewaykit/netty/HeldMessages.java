// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.request.BodyBudget;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a connection that wait for an earlier request, in order. At most those of one
 * read are held. Their memory is reserved in the budget.
 */
final class HeldMessages {
  /** The approximate memory of an empty message. */
  private static final int MESSAGE_BYTES = 128;

  private static final int FIELD_BYTES = 64;

  private final BodyBudget budget;
  private final Deque<Object> messages = new ArrayDeque<>(4);
  private long reserved;

  HeldMessages(BodyBudget budget) {
    this.budget = budget;
  }

  boolean isEmpty() {
    return messages.isEmpty();
  }

  /** Takes ownership of a message. If the budget is exhausted, releases it and returns false. */
  boolean add(Object message) {
    long size = size(message);
    if (!budget.tryReserve(size)) {
      ReferenceCountUtil.release(message);
      return false;
    }
    reserved += size;
    messages.add(message);
    return true;
  }

  /** Prepends the remainder of a polled message. */
  void addFirst(Object message) {
    messages.addFirst(message);
  }

  @Nullable Object peek() {
    return messages.peek();
  }

  /** Removes the first message. Removing the last one releases the reservation. */
  @Nullable Object poll() {
    Object first = messages.poll();
    if (messages.isEmpty() && reserved > 0) {
      budget.release(reserved);
      reserved = 0;
    }
    return first;
  }

  void release() {
    for (Object next = poll(); next != null; next = poll()) {
      ReferenceCountUtil.release(next);
    }
  }

  private static long size(Object message) {
    long size = MESSAGE_BYTES;
    if (message instanceof HttpContent content) {
      size += content.content().readableBytes();
    }
    if (message instanceof HttpRequest request) {
      size += request.uri().length();
    }
    if (message instanceof HttpMessage head) {
      for (Map.Entry<CharSequence, CharSequence> field :
          (Iterable<Map.Entry<CharSequence, CharSequence>>)
              () -> head.headers().iteratorCharSequence()) {
        size += FIELD_BYTES + field.getKey().length() + field.getValue().length();
      }
    }
    return size;
  }
}
