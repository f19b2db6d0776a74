// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/** Skips leading white space of a body. */
final class BlankSkippingReader implements BodyReader {
  private final BodyReader content;
  private boolean started;

  BlankSkippingReader(BodyReader content) {
    this.content = content;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    int at = started ? from : from + Content.blank(bytes, from, to);
    if (at < to) {
      started = true;
      content.feed(bytes, at, to);
    }
  }

  @Override
  public void finish(boolean complete) {
    content.finish(complete);
  }
}
