// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/** Skips a byte order mark. */
final class SkippingReader implements BodyReader {
  private final BodyReader reader;
  private int left;

  SkippingReader(int mark, BodyReader reader) {
    this.left = mark;
    this.reader = reader;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    int at = from + Math.min(left, to - from);
    left -= at - from;
    if (at < to) {
      reader.feed(bytes, at, to);
    }
  }

  @Override
  public void finish(boolean complete) {
    reader.finish(complete);
  }
}
