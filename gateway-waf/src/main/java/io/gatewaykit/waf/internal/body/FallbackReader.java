// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import java.util.Arrays;

/**
 * Reads a body in its declared format, and as plain text from the first violation on. A server that
 * interprets it differently then finds nothing that was not inspected. The text includes up to
 * {@link #RETAINED} bytes before the violation.
 */
final class FallbackReader implements BodyReader {
  static final int RETAINED = 128 << 10;

  private final StoppableReader reader;
  private final Defects defects;
  private final BodyReader text;
  private byte[] retained = {};
  private int length;
  private boolean failed;

  FallbackReader(StoppableReader reader, Defects defects, BodyReader text) {
    this.reader = reader;
    this.defects = defects;
    this.text = text;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    if (!reader.isStopped()) {
      reader.feed(bytes, from, to);
    }
    if (!failed && !defects.any()) {
      retain(bytes, from, to);
      return;
    }
    fail();
    text.feed(bytes, from, to);
  }

  private void fail() {
    if (!failed) {
      failed = true;
      text.feed(retained, 0, length);
      retained = new byte[0];
    }
  }

  private void retain(byte[] bytes, int from, int to) {
    int start = Math.max(from, to - RETAINED);
    int count = to - start;
    if (length + count > RETAINED) {
      int kept = Math.min(length, RETAINED / 2); // half, so that most chunks do not move the buffer
      kept = Math.min(kept, RETAINED - count);
      System.arraycopy(retained, length - kept, retained, 0, kept);
      length = kept;
    }
    if (length + count > retained.length) {
      retained =
          Arrays.copyOf(
              retained, Math.min(RETAINED, Math.max(length + count, 2 * retained.length)));
    }
    System.arraycopy(bytes, start, retained, length, count);
    length += count;
  }

  @Override
  public void finish(boolean complete) {
    reader.finish(complete);
    if (defects.any()) {
      fail();
    }
    if (failed) {
      text.finish(complete);
    }
  }
}
