// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.gatewaykit.waf.rule.Target;

/** Reads a form field. If its value is binary, the texts in it are inspected. */
final class FieldReader implements BodyReader {
  private static final int MIN_BINARY = 512;

  private final String name;
  private final BodySink sink;
  private final ValueBuffer buffer = new ValueBuffer(this::emit);

  FieldReader(String name, BodySink sink) {
    this.name = name;
    this.sink = sink;
  }

  private void emit(String text, Section section) {
    emit(text, section, name, MIN_BINARY, sink);
  }

  /**
   * Passes on a window of a value. If the window is binary and has at least {@code minBinary}
   * bytes, the texts in it are passed on instead.
   */
  static void emit(String text, Section section, String name, int minBinary, BodySink sink) {
    if (text.length() >= minBinary) {
      byte[] bytes = text.getBytes(ISO_8859_1);
      if (Noise.of(bytes, 0, bytes.length).isBinary()) {
        StringsReader strings = StringsReader.ofField(name, sink);
        strings.feed(bytes, 0, bytes.length);
        strings.finish(true);
        return;
      }
    }
    sink.window(Target.ARG, name, null, text, section);
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
