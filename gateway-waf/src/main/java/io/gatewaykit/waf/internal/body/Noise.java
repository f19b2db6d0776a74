// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/**
 * Statistics of the bytes in a content that do not occur in text.
 *
 * @param length the length of the content
 * @param controls control characters other than white space and escape
 * @param nuls the NUL bytes among them
 * @param stray non-ASCII bytes that are not part of a UTF-8 character
 */
record Noise(int length, int controls, int nuls, int stray) {
  private static final int MIN_CONTROLS = 4;

  static Noise of(byte[] bytes, int from, int to) {
    int controls = 0;
    int nuls = 0;
    int stray = 0;
    for (int i = from; i < to; i++) {
      int c = bytes[i] & 0xFF;
      if (c >= 0x80) {
        int behind = character(bytes, i, to);
        stray += behind == i ? 1 : 0;
        i = Math.max(i, behind - 1);
      } else if (c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1B) {
        controls++;
        nuls += c == 0 ? 1 : 0;
      }
    }
    return new Noise(to - from, controls, nuls, stray);
  }

  /**
   * Returns the index after a UTF-8 character, or the end of the bytes if it is truncated there.
   */
  private static int character(byte[] bytes, int from, int to) {
    int count = StringsReader.continuations(bytes[from] & 0xFF);
    int end = Math.min(to, from + 1 + count);
    for (int i = from + 1; i < end; i++) {
      if ((bytes[i] & 0xC0) != 0x80) {
        return from;
      }
    }
    return count == 0 ? from : end;
  }

  /**
   * Returns whether more than one byte in 32 is a control character. In compressed or encrypted
   * data it is one in ten, and Protocol Buffers messages have two before each text. A single one,
   * hidden in a text, does not make the text binary.
   */
  boolean hasControls() {
    return controls >= MIN_CONTROLS && controls * 32 > length;
  }

  /**
   * Returns whether at least one byte in four, not counting control characters, does not occur in
   * text. Control characters alone do not make a content binary: databases read them as white
   * space, so an attack can replace each space by one.
   */
  boolean isBinary() {
    return controls * 16 > length && (nuls + stray) * 4 >= length;
  }
}
