package io.gatewaykit.netty;

import io.gatewaykit.api.request.BodyView;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/** The part of a request's body that is kept back until the guards have seen it. */
final class CollectedBody {
  private final Queue<HttpContent> contents = new ArrayDeque<>(4);
  private final int wanted;
  private long length;
  private boolean ended;

  CollectedBody(int wanted) {
    this.wanted = wanted;
  }

  void add(HttpContent content) {
    contents.add(content);
    ended = content instanceof LastHttpContent;
    length += content.content().readableBytes();
  }

  /** Whether there is more than the guards wanted; with no less it is known whether that is all. */
  boolean isEnough() {
    return length > wanted;
  }

  /** Whether the body's end is here, too. */
  boolean isEnded() {
    return ended;
  }

  /** Copies what the guards wanted; the contents stay as they are. */
  BodyView view() {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(length, wanted));
    for (HttpContent part : contents) {
      ByteBuf content = part.content();
      int size = Math.min(content.readableBytes(), bytes.remaining());
      content.getBytes(content.readerIndex(), bytes.slice(bytes.position(), size));
      bytes.position(bytes.position() + size);
    }
    bytes.flip();
    return new BodyView(bytes, ended && length <= wanted);
  }

  /** Hands over the contents, and with them the duty to release them. */
  void moveTo(Consumer<? super HttpContent> receiver) {
    for (HttpContent next = contents.poll(); next != null; next = contents.poll()) {
      receiver.accept(next);
    }
  }

  void release() {
    moveTo(HttpContent::release);
  }
}
