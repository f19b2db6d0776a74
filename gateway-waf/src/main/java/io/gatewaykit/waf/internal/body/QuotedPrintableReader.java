// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/**
 * Decodes quoted-printable (RFC 2045 §6.7). An equals sign that starts neither an escape nor a soft
 * line break is passed on, like most decoders do.
 */
final class QuotedPrintableReader implements BodyReader {
  private static final int MAX_PENDING = 64; // white space between an equals sign and a line break

  private final BodyReader content;
  private final byte[] decoded = new byte[4 << 10];
  private int length;
  private final byte[] pending = new byte[MAX_PENDING]; // the equals sign and the bytes after it
  private int held;

  QuotedPrintableReader(BodyReader content) {
    this.content = content;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      read(bytes[i]);
    }
    pass();
  }

  private void read(byte b) {
    if (held == 0 && b != '=') {
      append(b);
      return;
    }
    if (held == 2 && isHex(pending[1])) {
      held = 0;
      if (isHex(b)) {
        append((byte) (Character.digit(pending[1], 16) << 4 | Character.digit(b, 16)));
      } else {
        append((byte) '=');
        append(pending[1]);
        read(b);
      }
      return;
    }
    boolean blank = b == ' ' || b == '\t' || b == '\r';
    if (held > 0 && b == '\n') {
      held = 0; // a soft line break
    } else if (held == 0 || (held < MAX_PENDING && (blank || (held == 1 && isHex(b))))) {
      pending[held++] = b;
    } else {
      release();
      read(b);
    }
  }

  private static boolean isHex(byte b) {
    return Character.digit(b, 16) >= 0;
  }

  /** Passes on the held bytes unchanged. */
  private void release() {
    int count = held;
    held = 0;
    for (int i = 0; i < count; i++) {
      append(pending[i]);
    }
  }

  private void append(byte b) {
    decoded[length++] = b;
    if (length == decoded.length) {
      pass();
    }
  }

  private void pass() {
    if (length > 0) {
      content.feed(decoded, 0, length);
      length = 0;
    }
  }

  @Override
  public void finish(boolean complete) {
    release();
    pass();
    content.finish(complete);
  }
}
