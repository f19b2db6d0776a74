// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.rule.Target;

/** Reads a body as a single text, in windows if it is long. */
final class TextReader implements BodyReader {
  private final Target target;
  private final String name;
  private final BodySink sink;
  private final ValueBuffer buffer = new ValueBuffer(this::emit);

  TextReader(Target target, String name, BodySink sink) {
    this.target = target;
    this.name = name;
    this.sink = sink;
  }

  private void emit(String text, Section section) {
    sink.window(target, name, null, text, section);
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    buffer.append(bytes, from, to);
  }

  @Override
  public void finish(boolean complete) {
    buffer.flush();
  }
}
