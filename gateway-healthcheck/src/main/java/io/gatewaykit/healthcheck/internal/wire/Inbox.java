// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import java.util.Arrays;

/** An input buffer. A session that consumes it incrementally advances {@link #from}. */
public final class Inbox {
  private static final byte[] NOTHING = new byte[0];

  public byte[] bytes = NOTHING;
  public int from;
  public int to;

  /** Whether the end of the stream has been reached. */
  public boolean ended;

  public int available() {
    return to - from;
  }

  /** Exposes the caller's bytes without copying them. Must be followed by {@link #keep}. */
  public void lend(byte[] lent, int length) {
    bytes = lent;
    from = 0;
    to = length;
  }

  /** Copies the unconsumed part of lent bytes. */
  public void keep() {
    int left = available();
    bytes = left == 0 ? NOTHING : Arrays.copyOfRange(bytes, from, to);
    from = 0;
    to = left;
  }

  /** Appends bytes to the unconsumed ones. */
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
