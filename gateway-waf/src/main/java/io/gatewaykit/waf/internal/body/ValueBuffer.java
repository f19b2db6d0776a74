// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;

/**
 * Buffers the bytes of one value at a time. A value longer than {@link #WINDOW} is passed on in
 * windows that overlap by {@link #OVERLAP} bytes. Memory is thus bounded, and an attack no longer
 * than the overlap is complete in at least one window.
 *
 * <p>The middle of long base64 runs is removed. The alphabet contains no delimiter of any language,
 * so it cannot contain an attack, whereas a photo of several megabytes contains by chance any short
 * sequence of letters that a rule matches. In a form, a plus sign denotes a space and ends a run.
 */
final class ValueBuffer {
  static final int WINDOW = 64 << 10;
  static final int OVERLAP = 4 << 10;

  private static final int LONG_RUN = 8 << 10;
  private static final int RUN_HEAD =
      4 << 10; // a multiple of 4, so that the remainder is decoded in the same way
  private static final int RUN_TAIL = 1 << 10;
  private static final int FIRST = 128;
  private static final byte[] NONE = {};
  private static final boolean[] BASE64 = new boolean[256];

  static {
    for (char c = 0; c < 128; c++) {
      BASE64[c] = Character.isLetterOrDigit(c) || "+/=-_".indexOf(c) >= 0;
    }
  }

  /** Receives the windows of values. */
  @FunctionalInterface
  interface Windows {
    /**
     * Receives a window.
     *
     * @param section its position in the value
     */
    void window(String text, Section section);
  }

  private final Windows windows;
  private final boolean form;
  private byte[] bytes = NONE; // allocated on demand, since most buffers of a body remain empty
  private int length;
  private int repeated; // bytes at the start that the previous window contained
  private boolean continued; // whether a window of the value has been passed on

  /** Creates a buffer that passes on full windows, except for the last one of a value. */
  ValueBuffer(Windows windows) {
    this(windows, false);
  }

  private ValueBuffer(Windows windows, boolean form) {
    this.windows = windows;
    this.form = form;
  }

  /** Creates a buffer of form-encoded values. */
  static ValueBuffer ofForm(Windows windows) {
    return new ValueBuffer(windows, true);
  }

  void append(int b) {
    if (length == bytes.length) {
      ensureCapacity();
    }
    bytes[length++] = (byte) b;
  }

  void append(byte[] source, int from, int to) {
    int at = from;
    while (at < to) {
      if (length == bytes.length) {
        ensureCapacity();
      }
      int count = Math.min(to - at, WINDOW - length);
      if (count > bytes.length - length) {
        int capacity = Math.max(length + count, Math.max(FIRST, 2 * bytes.length));
        bytes = Arrays.copyOf(bytes, Math.min(WINDOW, capacity));
      }
      System.arraycopy(source, at, bytes, length, count);
      length += count;
      at += count;
    }
  }

  void append(String latin1) {
    for (int i = 0; i < latin1.length(); i++) {
      append(latin1.charAt(i));
    }
  }

  private void ensureCapacity() {
    if (bytes.length < WINDOW) {
      bytes = Arrays.copyOf(bytes, Math.min(WINDOW, Math.max(FIRST, 2 * bytes.length)));
      return;
    }
    shorten();
    if (length > WINDOW / 2) {
      windows.window(
          new String(bytes, 0, length, ISO_8859_1), continued ? Section.MIDDLE : Section.FIRST);
      continued = true;
      System.arraycopy(bytes, length - OVERLAP, bytes, 0, OVERLAP);
      length = OVERLAP;
      repeated = OVERLAP;
    }
  }

  /** Removes the middle of long runs. */
  private void shorten() {
    int run = longRun(0);
    int out = 0;
    int at = 0;
    while (run >= 0) {
      int end = run + LONG_RUN;
      while (end < length && isOfRun(bytes[end])) {
        end++;
      }
      System.arraycopy(bytes, at, bytes, out, run - at + RUN_HEAD);
      out += run - at + RUN_HEAD;
      System.arraycopy(bytes, end - RUN_TAIL, bytes, out, RUN_TAIL);
      out += RUN_TAIL;
      at = end;
      run = longRun(at);
    }
    System.arraycopy(bytes, at, bytes, out, length - at);
    length -= at - out;
    repeated = Math.min(repeated, length);
  }

  /**
   * Returns the start of the first long run, or -1. Each step searches backwards from the last byte
   * that a long run would have, so few bytes of other data are read.
   *
   * @param from an index that is not inside a run
   */
  private int longRun(int from) {
    int start = from;
    while (start + LONG_RUN < length) {
      int at = start + LONG_RUN;
      while (at >= start && isOfRun(bytes[at])) {
        at--;
      }
      if (at < start) {
        return start;
      }
      start = at + 1;
    }
    return -1;
  }

  private boolean isOfRun(byte b) {
    return BASE64[b & 0xFF] && !(form && b == '+');
  }

  /** Removes the last bytes, such as a delimiter that ends the value. */
  void removeLast(int count) {
    length = Math.max(0, length - count);
    repeated = Math.min(repeated, length);
  }

  /** Removes all bytes if they are only white space. */
  void clearIfBlank() {
    for (int i = 0; i < length; i++) {
      if (bytes[i] > ' ' || bytes[i] < 0) {
        return;
      }
    }
    clear();
  }

  /** Returns whether all bytes of the value have been passed on in a window. */
  boolean isEmpty() {
    return length == repeated;
  }

  /** Returns the number of buffered bytes. */
  int length() {
    return length;
  }

  /** Returns the position of the buffered bytes in their value, if the value ends with them. */
  Section lastSection() {
    return continued ? Section.LAST : Section.WHOLE;
  }

  /** Passes on the value, or its last window, unless it is empty. Then starts the next value. */
  void flush() {
    Section section = lastSection();
    String text = take();
    if (!text.isEmpty()) {
      windows.window(text, section);
    }
  }

  /**
   * Returns the value, or its last window, and starts the next value. The last window of a value
   * that ends with the one before is the part that they share, so that conditions on the end of the
   * value are evaluated.
   */
  String take() {
    if (length > LONG_RUN) {
      shorten();
    }
    String text = length == 0 ? "" : new String(bytes, 0, length, ISO_8859_1);
    clear();
    return text;
  }

  void clear() {
    length = 0;
    repeated = 0;
    continued = false;
  }
}
