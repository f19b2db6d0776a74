// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;

/**
 * The part of a request's body that an adapter has buffered for guards, after transfer decoding and
 * before content decoding. Valid only during the body stage.
 *
 * @param bytes the buffered bytes from the start of the body; each call of the accessor returns a
 *     new read-only view, so that readers do not affect each other's position
 * @param complete whether these bytes are the complete body; false if it exceeds the largest size
 *     requested by a guard
 */
public record BodyView(ByteBuffer bytes, boolean complete) {
  private static final BodyView EMPTY = new BodyView(ByteBuffer.allocate(0), true);

  /** Creates a read-only view of the bytes. */
  public BodyView(ByteBuffer bytes, boolean complete) {
    this.bytes = requireNonNull(bytes, "bytes").asReadOnlyBuffer();
    this.complete = complete;
  }

  /** Returns a view of an empty body. */
  public static BodyView empty() {
    return EMPTY;
  }

  /** Returns a complete body of the given bytes, which are not copied. */
  public static BodyView of(byte[] bytes) {
    return new BodyView(ByteBuffer.wrap(bytes), true);
  }

  /** Returns a new read-only view of the buffered bytes, at position 0. */
  @Override
  public ByteBuffer bytes() {
    return bytes.duplicate();
  }

  /** Returns the number of buffered bytes. */
  public int length() {
    return bytes.remaining();
  }
}
