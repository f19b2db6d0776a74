package io.gatewaykit.api.request;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;

/**
 * The part of a request's body that an adapter buffered for the guards that asked for it, after
 * transfer decoding and before content decoding. Valid only during the body stage.
 *
 * @param bytes the buffered bytes from the body's start; each call of the accessor returns a new
 *     read-only view, so that one reader's position never disturbs another's
 * @param complete whether these bytes are the whole body; false if it went on beyond the largest
 *     amount any guard asked for
 */
public record BodyView(ByteBuffer bytes, boolean complete) {
  private static final BodyView EMPTY = new BodyView(ByteBuffer.allocate(0), true);

  /** Takes a read-only view of the bytes. */
  public BodyView(ByteBuffer bytes, boolean complete) {
    this.bytes = requireNonNull(bytes, "bytes").asReadOnlyBuffer();
    this.complete = complete;
  }

  /** Returns the view of a body that is empty. */
  public static BodyView empty() {
    return EMPTY;
  }

  /** Returns a complete body of the given bytes, which are not copied. */
  public static BodyView of(byte[] bytes) {
    return new BodyView(ByteBuffer.wrap(bytes), true);
  }

  /** Returns the buffered bytes, from position 0 of a fresh read-only view. */
  @Override
  public ByteBuffer bytes() {
    return bytes.duplicate();
  }

  /** Returns the number of buffered bytes. */
  public int length() {
    return bytes.remaining();
  }
}
