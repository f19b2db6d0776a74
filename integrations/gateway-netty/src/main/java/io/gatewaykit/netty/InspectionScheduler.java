// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;

/**
 * Divides the inspection of a body into several tasks of the event loop, so that a large body, or
 * one in many small chunks, does not delay the other connections of the loop.
 */
final class InspectionScheduler {
  /** The fixed cost of inspecting a chunk, in bytes. */
  private static final int COST_OF_CHUNK = 64;

  private final ChannelHandlerContext ctx;
  private final HeldMessages held;
  private final Runnable resume;
  private boolean waiting;
  private int inspected;

  /**
   * Creates the divider of one connection.
   *
   * @param held receives the messages for the next task
   * @param resume processes the held messages
   */
  InspectionScheduler(ChannelHandlerContext ctx, HeldMessages held, Runnable resume) {
    this.ctx = ctx;
    this.held = held;
    this.resume = resume;
  }

  /** Returns whether the inspection waits for the next task. */
  boolean isWaiting() {
    return waiting;
  }

  /** Returns as much of a content as is inspected in this task. The remainder is held. */
  HttpContent take(HttpContent content) {
    int size = content.content().readableBytes();
    boolean large = size > HeldBody.SLICE;
    inspected += large ? HeldBody.SLICE : size + COST_OF_CHUNK;
    if (inspected >= HeldBody.SLICE && !waiting) {
      waiting = true;
      ctx.executor()
          .execute(() -> {
            waiting = false;
            inspected = 0;
            resume.run();
          });
    }
    if (!large) {
      return content;
    }
    HttpContent first = new DefaultHttpContent(content.content().readRetainedSlice(HeldBody.SLICE));
    held.addFirst(content);
    return first;
  }
}
