package io.gatewaykit.netty;

import io.netty.channel.ChannelHandlerContext;

/**
 * Decides when a connection is read: not while a message may not go on yet, and by itself where the
 * application that reads by hand cannot know that there is something to read for.
 */
final class ReadGate {
  private final ChannelHandlerContext ctx;
  private final ReadPause pause = new ReadPause();
  private boolean closed;
  private boolean readSuppressed;
  private boolean ownReadDue;
  private boolean passedSinceRead;

  ReadGate(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  /** Stops the reading until {@link #open}. */
  void close() {
    closed = true;
    pause.begin(ctx.channel());
  }

  /** Goes on with the reading, with what is due of it. */
  void open() {
    closed = false;
    pause.end(ctx.channel());
    boolean due = readSuppressed || ownReadDue && !passedSinceRead;
    readSuppressed = false;
    ownReadDue = false;
    if (due) {
      passedSinceRead = false;
      ctx.read();
    }
  }

  /** The handler leaves: reading is as it was before. */
  void leave() {
    pause.end(ctx.channel());
  }

  /** Notes that the application has got something. */
  void passed() {
    passedSinceRead = true;
  }

  /** Whether the channel may be read now, as asked; if not, it is read as soon as it may. */
  boolean mayRead() {
    passedSinceRead = false;
    readSuppressed = closed;
    return !closed;
  }

  /** Reads on for the application if nothing of what came was for it. */
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
