package io.gatewaykit.examples.edge.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpContent;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The part of a request's body that is kept: what has no server yet, and, as long as it is small,
 * what another attempt would need again.
 */
final class RequestBody {
  /** A larger body is sent once only. It is also how much may wait for a server. */
  static final int MAX_KEPT = 64 << 10;

  private final Queue<HttpContent> parts = new ArrayDeque<>(2);
  private int bytes;
  private boolean whole = true;

  /** Whether nothing was given away yet, so that the body can be sent from its beginning. */
  boolean isWhole() {
    return whole;
  }

  /** Whether no more may wait here. */
  boolean isFull() {
    return bytes >= MAX_KEPT;
  }

  /** Takes over a part that cannot be sent yet. */
  void keepUnsent(HttpContent part) {
    parts.add(part);
    bytes += part.content().readableBytes();
  }

  /** Takes over a part and returns what is to be sent of it now. */
  HttpContent send(HttpContent part) {
    int size = part.content().readableBytes();
    if (whole && bytes + size <= MAX_KEPT) {
      keepUnsent(part);
      return again(part);
    }
    discard();
    whole = false;
    return part;
  }

  /** Sends all that is kept, from the beginning of the body. */
  void sendKept(UpstreamConnection server) {
    if (bytes <= MAX_KEPT) {
      for (HttpContent part : parts) {
        server.write(again(part));
      }
      return;
    }
    whole = false;
    bytes = 0;
    for (HttpContent part = parts.poll(); part != null; part = parts.poll()) {
      server.write(part);
    }
  }

  private static HttpContent again(HttpContent part) {
    ByteBuf content = part.content();
    return content.isReadable() ? part.retainedDuplicate() : part.retain();
  }

  /** Lets go of everything. */
  void discard() {
    for (HttpContent part = parts.poll(); part != null; part = parts.poll()) {
      part.release();
    }
    bytes = 0;
  }
}
