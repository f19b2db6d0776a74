// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a body that is declared as compressed. Bytes that are not in the declared coding are read
 * without decoding, as by a server that ignores the header. A text that could also be compressed
 * data is read in both ways.
 */
final class CodedReader implements BodyReader, AutoCloseable {
  private static final int DECISIVE = 3;

  private final boolean gzip;
  private final boolean strict;
  private final InflationBound bound;
  private final BodySink sink;
  private final Supplier<BodyReader> content;
  private final Supplier<BodyReader> plain;
  private final byte[] head = new byte[DECISIVE];
  private int length;
  private final List<InflatingReader> inflating = new ArrayList<>(1);
  private @Nullable BodyReader reader;

  /**
   * Creates a reader of gzip, or of the zlib and raw deflate formats.
   *
   * @param strict whether bytes that are not in the coding are reported
   * @param bound limits the inflated bytes
   * @param content returns a reader of the inflated body
   * @param plain returns a reader of the body without decoding, which may still be compressed
   */
  CodedReader(
      boolean gzip,
      boolean strict,
      InflationBound bound,
      BodySink sink,
      Supplier<BodyReader> content,
      Supplier<BodyReader> plain) {
    this.gzip = gzip;
    this.strict = strict;
    this.bound = bound;
    this.sink = sink;
    this.content = content;
    this.plain = plain;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && length < DECISIVE) {
      head[length++] = bytes[at++];
    }
    if (length == DECISIVE) {
      reader().feed(bytes, at, to);
    }
  }

  private BodyReader reader() {
    BodyReader known = reader;
    if (known == null) {
      known = decide();
      reader = known;
      known.feed(head, 0, length);
    }
    return known;
  }

  private BodyReader decide() {
    int first = head[0] & 0xFF;
    int second = head[1] & 0xFF;
    if (gzip) {
      boolean labelled = length == DECISIVE && first == 0x1F && second == 0x8B && head[2] == 8;
      if (!labelled && strict && length > 0) {
        ContentCoding.report(sink, "gzip");
      }
      return labelled ? inflating(false, new Defects("gzip", sink)) : content.get();
    }
    boolean zlib = (first & 0x0F) == 8 && (first << 8 | second) % 31 == 0;
    if (strict || !isText()) {
      BodyReader declared = inflating(!zlib, new Defects("deflate", sink));
      // The header of zlib can also be the start of raw data.
      return zlib ? new Tee(List.of(declared, inflating(true, Defects.unreported()))) : declared;
    }
    // Both formats can be written with letters only.
    return new Tee(List.of(inflating(!zlib, Defects.unreported()), plain.get()));
  }

  private boolean isText() {
    for (int i = 0; i < length; i++) {
      if (head[i] < ' ' && head[i] != '\n' && head[i] != '\r' && head[i] != '\t') {
        return false; // a control character or non-ASCII
      }
    }
    return true;
  }

  private BodyReader inflating(boolean raw, Defects defects) {
    InflatingReader made =
        new InflatingReader(gzip, raw, bound, sink, defects, content.get(), plain);
    inflating.add(made);
    return made;
  }

  @Override
  public void finish(boolean complete) {
    reader().finish(complete);
  }

  @Override
  public void close() {
    inflating.forEach(InflatingReader::close);
  }
}
