package io.gatewaykit.healthcheck.internal.wire;

import java.util.Arrays;

/** Bytes that have arrived. A session that reads piece by piece moves {@link #from}. */
public final class Inbox {
  private static final byte[] NOTHING = new byte[0];

  public byte[] bytes = NOTHING;
  public int from;
  public int to;

  /** Whether no more will come. */
  public boolean ended;

  public int available() {
    return to - from;
  }

  /** Shows bytes of the caller's without copying them; {@link #keep} must follow. */
  public void lend(byte[] lent, int length) {
    bytes = lent;
    from = 0;
    to = length;
  }

  /** Copies what has not been consumed of lent bytes. */
  public void keep() {
    int left = available();
    bytes = left == 0 ? NOTHING : Arrays.copyOfRange(bytes, from, to);
    from = 0;
    to = left;
  }

  /** Adds bytes to what has not been consumed. */
  public void append(byte[] more, int length) {
    if (length > 0) {
      int left = available();
      byte[] joined = new byte[left + length];
      System.arraycopy(bytes, from, joined, 0, left);
      System.arraycopy(more, 0, joined, left, length);
      bytes = joined;
      from = 0;
      to = joined.length;
    }
  }

  public void clear() {
    bytes = NOTHING;
    from = 0;
    to = 0;
  }
}
