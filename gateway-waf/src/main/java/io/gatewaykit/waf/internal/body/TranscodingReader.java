// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;

/** Transcodes UTF-16 and UTF-32 to UTF-8, so that patterns can match the text. */
final class TranscodingReader implements BodyReader {
  private static final int CHUNK = 4 << 10;

  private final CharsetDecoder decoder;
  private final BodyReader reader;
  private final byte[] pending = new byte[CHUNK];
  private final CharBuffer chars = CharBuffer.allocate(CHUNK);
  private int length;
  private int skipped; // bytes of the byte order mark that remain to be skipped

  /**
   * Creates a reader.
   *
   * @param mark the length of the byte order mark
   */
  TranscodingReader(Charset charset, int mark, BodyReader reader) {
    this.decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    this.skipped = mark;
    this.reader = reader;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    int at = from + Math.min(skipped, to - from);
    skipped -= at - from;
    while (at < to) {
      int count = Math.min(to - at, pending.length - length);
      System.arraycopy(bytes, at, pending, length, count);
      length += count;
      at += count;
      decode(false);
    }
  }

  private void decode(boolean end) {
    ByteBuffer in = ByteBuffer.wrap(pending, 0, length);
    CoderResult result;
    do {
      result = decoder.decode(in, chars, end);
      pass();
    } while (result.isOverflow());
    length = in.remaining();
    System.arraycopy(pending, in.position(), pending, 0, length);
  }

  private void pass() {
    byte[] utf8 = chars.flip().toString().getBytes(UTF_8);
    chars.clear();
    if (utf8.length > 0) {
      reader.feed(utf8, 0, utf8.length);
    }
  }

  @Override
  public void finish(boolean complete) {
    decode(true);
    reader.finish(complete);
  }
}
