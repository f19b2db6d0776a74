// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.rule.Target;

/**
 * Extracts the texts from binary data: runs of printable ASCII and UTF-8 characters, each of which
 * becomes a value.
 *
 * <p>In a body of unknown or binary format, a run with at least {@link #MIN_RUN} ASCII characters
 * is a text; random data contains one of that length in 4 MB. A shorter run of at least {@link
 * #MIN_ANNOUNCED} bytes is a text if a preceding byte encodes its length, as in Protocol Buffers,
 * MessagePack, CBOR and Thrift.
 *
 * <p>In a form field, which a server reads as a single string, control characters do not end a run,
 * because databases treat them as white space. A run is a text if it has at least {@link
 * #MIN_FIELD_RUN} ASCII characters, or {@link #MIN_EDGE_RUN} at the start or end of the value.
 */
final class StringsReader implements BodyReader {
  private static final int MIN_RUN = 16;
  private static final int MIN_FIELD_RUN = 12;
  private static final int MIN_EDGE_RUN = 6;
  private static final int MIN_ANNOUNCED = 9;
  private static final int NO_BREAK_SPACE = 0xA0;

  private final String name;
  private final boolean field;
  private final BodySink sink;
  private final ValueBuffer buffer = new ValueBuffer(this::emit);
  private boolean edge = true; // whether the run is the first or the last
  private int printable; // ASCII characters in the run
  private int before; // the byte that precedes the run
  private int missing; // bytes missing from an incomplete character
  private int started; // bytes read of that character
  private int last; // the last of those bytes

  private StringsReader(String name, boolean field, BodySink sink) {
    this.name = name;
    this.field = field;
    this.sink = sink;
  }

  /** Creates a reader of a body in an unknown or binary format. */
  static StringsReader ofBody(String name, BodySink sink) {
    return new StringsReader(name, false, sink);
  }

  /** Creates a reader of a field that is not a text. */
  static StringsReader ofField(String name, BodySink sink) {
    return new StringsReader(name, true, sink);
  }

  private void emit(String text, Section section) {
    sink.window(Target.ARG, name, null, text, section);
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    int start = from;
    for (int i = from; i < to; i++) {
      int c = bytes[i] & 0xFF;
      if (missing > 0) {
        if ((c & 0xC0) == 0x80) {
          missing--;
          started++;
          last = c;
          continue;
        }
        buffer.append(bytes, start, i);
        dropCharacter();
        endRun(last);
        start = i;
      }
      if (isPrintable(c)) {
        printable++;
      } else if (!(field && (c < ' ' || c == NO_BREAK_SPACE))) {
        missing = continuations(c);
        started = 1;
        last = c;
        if (missing == 0) {
          buffer.append(bytes, start, i);
          endRun(c);
          start = i + 1;
        }
      }
    }
    buffer.append(bytes, start, to);
  }

  private static boolean isPrintable(int c) {
    return c >= ' ' && c < 0x7F || c == '\t' || c == '\n' || c == '\r';
  }

  /** Returns the number of continuation bytes after the first byte of a UTF-8 character, or 0. */
  static int continuations(int c) {
    return c < 0xC2 || c > 0xF4 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
  }

  /** Removes the bytes of an invalid character. */
  private void dropCharacter() {
    buffer.removeLast(started);
    missing = 0;
  }

  private void endRun(int behind) {
    boolean isLong = printable >= (!field ? MIN_RUN : edge ? MIN_EDGE_RUN : MIN_FIELD_RUN);
    if (!isLong && buffer.length() < MIN_ANNOUNCED) {
      buffer.clear();
    } else {
      Section section = buffer.lastSection();
      String text = buffer.take();
      if (!text.isEmpty() && (isLong || isAnnounced(text))) {
        emit(text, section);
      }
    }
    printable = 0;
    edge = false;
    before = behind;
  }

  /**
   * Returns whether the byte before a text, or a printable byte at its start, encodes its length. A
   * short text must not contain line breaks, which are frequent in random data.
   */
  private boolean isAnnounced(String text) {
    int length = text.length();
    if (text.chars().skip(2).anyMatch(c -> c < ' ')) {
      return false;
    }
    return isLength(before, length)
        || isLength(text.charAt(0), length - 1)
        || isLength(text.charAt(1), length - 2);
  }

  private static boolean isLength(int b, int length) {
    int kind = b & 0xE0;
    boolean packed = kind == 0xA0 || kind == 0x60; // short texts of MessagePack and CBOR
    return b == length || (packed && (b & 0x1F) == length);
  }

  @Override
  public void finish(boolean complete) {
    if (missing > 0) {
      dropCharacter();
    }
    edge = true;
    endRun(0);
  }
}
