// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.netty.channel.ChannelHandlerContext;

/**
 * Controls reading from a connection. Reading is suspended while a message must not be passed on.
 * An application that reads manually cannot know that bytes were consumed by guards, so this class
 * then reads on its behalf.
 */
final class ReadGate {
  private final ChannelHandlerContext ctx;
  private final ReadPause pause = new ReadPause();
  private boolean closed;
  private boolean resumed;
  private boolean readSuppressed;
  private boolean ownReadDue;
  private boolean passedSinceRead;

  ReadGate(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  /** Suspends reading until {@link #open}. */
  void close() {
    closed = true;
    pause.begin(ctx.channel());
  }

  /**
   * Restores automatic reading before held messages are passed on, so that the application can turn
   * it off when it receives them. Nothing is read before {@link #open}.
   */
  void restoreAutoRead() {
    boolean suppressed = readSuppressed;
    boolean passed = passedSinceRead;
    resumed |= pause.end(ctx.channel()); // the read that this triggers is suppressed
    readSuppressed = suppressed;
    passedSinceRead = passed;
  }

  /** Resumes reading, and performs a pending read. */
  void open() {
    closed = false;
    pause.end(ctx.channel());
    boolean due =
        readSuppressed
            || ownReadDue && !passedSinceRead
            || resumed && ctx.channel().config().isAutoRead();
    readSuppressed = false;
    ownReadDue = false;
    resumed = false;
    if (due) {
      passedSinceRead = false;
      ctx.read();
    }
  }

  /** Called when the handler is removed. Restores the original reading mode. */
  void restore() {
    pause.end(ctx.channel());
  }

  /** Records that the application has received a message. */
  void onMessagePassed() {
    passedSinceRead = true;
  }

  /**
   * Returns whether a requested read may be performed now. If not, it is performed once reading
   * resumes.
   */
  boolean mayRead() {
    passedSinceRead = false;
    readSuppressed = closed;
    return !closed;
  }

  /** Reads again for the application if it has received none of the messages. */
  void readComplete() {
    if (passedSinceRead || ctx.channel().config().isAutoRead()) {
      return;
    }
    if (closed) {
      ownReadDue = true;
    } else {
      ctx.read();
    }
  }
}
