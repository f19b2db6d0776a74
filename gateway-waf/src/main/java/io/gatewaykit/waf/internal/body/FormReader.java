// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import org.jspecify.annotations.Nullable;

/** Reads a form, {@code name=value} pairs separated by ampersands. Any text is a valid form. */
final class FormReader implements BodyReader {
  private static final int MIN_BINARY = 64;

  private final boolean binary;
  private final BodySink sink;
  private final ValueBuffer buffer = ValueBuffer.ofForm(this::value);
  private final SplitParameters split = new SplitParameters();
  private @Nullable String name; // null before the equals sign of a field

  /**
   * Creates a reader.
   *
   * @param binary whether the body is not text, such as a file that is declared as a form
   */
  FormReader(boolean binary, BodySink sink) {
    this.binary = binary;
    this.sink = sink;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    int start = from;
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (b == '&') {
        buffer.append(bytes, start, i);
        endField();
        start = i + 1;
      } else if (b == '=' && name == null) {
        buffer.append(bytes, start, i);
        endName();
        start = i + 1;
      }
    }
    buffer.append(bytes, start, to);
  }

  @Override
  public void finish(boolean complete) {
    endField();
  }

  private void endName() {
    String read = Decoding.percent(buffer.take().strip(), true);
    name = read;
    if (!read.isEmpty()) {
      sink.value(Target.ARG_NAME, read, read);
    }
  }

  private void endField() {
    buffer.flush();
    name = null;
  }

  private void value(String text, Section section) {
    String decoded = Decoding.percent(text, true);
    String of = name == null ? "" : name;
    if (binary) {
      FieldReader.emit(decoded, section, of, MIN_BINARY, sink);
    } else {
      sink.window(Target.ARG, of, null, decoded, section);
      String joined = split.add(of, decoded);
      if (joined != null) {
        sink.value(Target.ARG, of, joined);
      }
    }
  }
}
