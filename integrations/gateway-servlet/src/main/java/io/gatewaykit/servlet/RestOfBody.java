// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Rejection;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The body after the held bytes, as the container delivers it. Each chunk is inspected before the
 * application receives it, and the end before the application is notified of it. If a chunk is
 * known to be the last, the end is inspected together with it, because an application that counts
 * bytes does not read further.
 */
final class RestOfBody {
  /** Smaller reads are served from a buffer, so that single bytes are not inspected one by one. */
  private static final int CHUNK_BYTES = 8 << 10;

  private static final long UNKNOWN = -1;

  private final ServletInputStream in;
  private final @Nullable BodyInspector inspector;
  private final Consumer<Rejection> onRejected;
  private long remaining;
  private byte[] chunk = {};
  private int position;
  private int limit;
  private boolean ended;
  private @Nullable Rejection rejection;

  /**
   * Creates the remainder of a body.
   *
   * @param inspector null if the remainder is not inspected
   * @param remaining the number of remaining bytes; negative if unknown
   * @param onRejected called once, before the application receives the exception
   */
  RestOfBody(
      ServletInputStream in,
      @Nullable BodyInspector inspector,
      long remaining,
      Consumer<Rejection> onRejected) {
    this.in = in;
    this.inspector = inspector;
    this.remaining = remaining < 0 ? UNKNOWN : remaining;
    this.onRejected = onRejected;
  }

  int read() throws IOException {
    if (position == limit) {
      if (inspector == null) {
        return in.read();
      }
      int count = fill();
      if (count <= 0) {
        return -1;
      }
    }
    return chunk[position++] & 0xff;
  }

  int read(byte[] into, int offset, int length) throws IOException {
    if (inspector == null) {
      return in.read(into, offset, length);
    }
    if (position == limit) {
      if (length >= CHUNK_BYTES) {
        return readInspected(into, offset, length);
      }
      int count = fill();
      if (count <= 0) {
        return count;
      }
    }
    int count = Math.min(length, limit - position);
    System.arraycopy(chunk, position, into, offset, count);
    position += count;
    return count;
  }

  private int fill() throws IOException {
    if (chunk.length == 0) {
      chunk = new byte[CHUNK_BYTES];
    }
    position = 0;
    limit = 0;
    int count = readInspected(chunk, 0, chunk.length);
    limit = Math.max(0, count);
    return count;
  }

  private int readInspected(byte[] into, int offset, int length) throws IOException {
    throwIfRejected();
    // also at the end: Jetty requires this read to finish
    int count = in.read(into, offset, length);
    if (count < 0) {
      inspectEnd();
      return -1;
    }
    inspect(into, offset, count);
    return count;
  }

  private void inspect(byte[] bytes, int offset, int count) throws IOException {
    BodyInspector body = inspector;
    if (body == null || count == 0) {
      return;
    }
    Rejection found = body.onBytes(ByteBuffer.wrap(bytes, offset, count).slice());
    remaining = remaining == UNKNOWN ? UNKNOWN : Math.max(0, remaining - count);
    if (found == null && (remaining == 0 || in.isFinished())) {
      ended = true;
      found = body.onEnd();
    }
    if (found != null) {
      // the array may belong to the application
      Arrays.fill(bytes, offset, offset + count, (byte) 0);
      reject(found);
    }
  }

  /** Inspects the end of the body, once. */
  private void inspectEnd() throws IOException {
    if (!ended) {
      ended = true;
      Rejection found = inspector == null ? null : inspector.onEnd();
      if (found != null) {
        reject(found);
      }
    }
  }

  private void reject(Rejection found) throws IOException {
    rejection = found;
    onRejected.accept(found);
    throwIfRejected();
  }

  private void throwIfRejected() throws IOException {
    if (rejection != null) {
      throw new BodyRejectedException(rejection);
    }
  }

  /** Returns the number of bytes that can be read without blocking. */
  int available() throws IOException {
    return position < limit ? limit - position : in.available();
  }

  boolean isReady() {
    return position < limit || rejection != null || in.isReady();
  }

  boolean isFinished() {
    boolean inspected = inspector == null || ended;
    return position == limit && rejection == null && inspected && in.isFinished();
  }

  boolean isRejected() {
    return rejection != null;
  }

  /**
   * Inspects the end if the container has delivered all bytes. Called where the application would
   * be notified of the end without having read it.
   */
  void inspectEndIfFinished() throws IOException {
    throwIfRejected();
    if (in.isFinished()) {
      inspectEnd();
    }
  }

  void setReadListener(ReadListener listener) {
    in.setReadListener(listener);
  }
}
