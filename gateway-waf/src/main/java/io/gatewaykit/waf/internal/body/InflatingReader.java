// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import java.util.function.Supplier;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Inflates a body, or a message of one, for the reader of its content. It works as a stream, so
 * memory is bounded by one window; {@link InflationBound} bounds the time.
 *
 * <p>The optional fields of a gzip header are not part of the content, but a server that ignores
 * the coding reads them as text. They are read as a body of their own.
 */
final class InflatingReader implements BodyReader, AutoCloseable {
  private static final int BUFFER = 16 << 10;

  private final boolean gzip;
  private final InflationBound bound;
  private final BodySink sink;
  private final Defects defects;
  private final BodyReader content;
  private final Supplier<BodyReader> plain;
  private final Inflater inflater;
  private final GzipHeader header = new GzipHeader();
  private final byte[] buffer = new byte[BUFFER];
  private @Nullable BodyReader optionalFields;
  private boolean any; // whether any byte has been received
  private long inflated;
  private boolean inMember; // whether the next byte is compressed
  private boolean ended; // whether a member is complete
  private boolean stopped;

  /**
   * Creates a reader.
   *
   * @param gzip whether the data starts with a gzip header
   * @param raw whether the data has no header
   * @param plain returns a reader of a body without decoding
   */
  InflatingReader(
      boolean gzip,
      boolean raw,
      InflationBound bound,
      BodySink sink,
      Defects defects,
      BodyReader content,
      Supplier<BodyReader> plain) {
    this.gzip = gzip;
    this.bound = bound;
    this.sink = sink;
    this.defects = defects;
    this.content = content;
    this.plain = plain;
    inflater = new Inflater(gzip || raw);
    inMember = !gzip;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    if (stopped) {
      return;
    }
    any |= to > from;
    bound.received(to - from);
    int at = from;
    while (at < to && !stopped) {
      if (inMember) {
        at += inflate(bytes, at, to);
      } else if (gzip) {
        at += readHeader(bytes, at, to);
        inMember = header.isComplete();
        if (header.isInvalid()) {
          stop(ended ? "data after the end" : "content contradicts the label");
        }
      } else {
        stop("data after the end");
      }
    }
  }

  private int readHeader(byte[] bytes, int from, int to) {
    boolean optional = header.isInOptionalField();
    int count = header.read(bytes, from, to);
    if (optional) {
      BodyReader reader = optionalFields;
      if (reader == null) {
        reader = plain.get();
        optionalFields = reader;
      }
      feedText(reader, bytes, from, from + count);
    }
    return count;
  }

  /** Omits the zero at the end of a name or comment, which would look like an attack. */
  private static void feedText(BodyReader reader, byte[] bytes, int from, int to) {
    int start = from;
    for (int i = from; i < to; i++) {
      if (bytes[i] == 0) {
        reader.feed(bytes, start, i);
        start = i + 1;
      }
    }
    reader.feed(bytes, start, to);
  }

  private int inflate(byte[] bytes, int from, int to) {
    inflater.setInput(bytes, from, to - from);
    long before = 0;
    try {
      while (!inflater.finished() && !isBeyondBound()) {
        before = inflater.getBytesWritten();
        int count = inflater.inflate(buffer);
        if (count == 0) {
          break;
        }
        content.feed(buffer, 0, count);
        inflated += count;
        bound.inflated(count);
      }
    } catch (DataFormatException e) {
      // Some servers accept the bytes before an invalid one.
      int count = (int) (inflater.getBytesWritten() - before);
      content.feed(buffer, 0, count);
      inflated += count;
      stop("content contradicts the label");
      return to - from;
    }
    if (stopped) {
      return to - from;
    }
    if (inflater.needsDictionary()) {
      stop("a preset dictionary is required");
      return to - from;
    }
    int used = to - from - inflater.getRemaining();
    if (inflater.finished()) {
      ended = true;
      inMember = false;
      header.next();
      inflater.reset();
    }
    return used;
  }

  private boolean isBeyondBound() {
    if (bound.isExceeded()) {
      bound.report(sink);
      stopped = true;
    }
    return stopped;
  }

  private void stop(String defect) {
    defects.record(defect, inflated);
    stopped = true;
  }

  @Override
  public void finish(boolean complete) {
    boolean open = inMember || (gzip && !(ended && header.isBetween()));
    if (open && complete && !stopped && any) {
      defects.record("truncated", inflated);
    }
    content.finish(complete && !open);
    if (optionalFields != null) {
      optionalFields.finish(false);
    }
    close();
  }

  /** Releases native memory. Idempotent. */
  @Override
  public void close() {
    stopped = true;
    inflater.end();
  }
}
