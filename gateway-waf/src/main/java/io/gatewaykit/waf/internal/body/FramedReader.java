// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.rule.Target;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Reads the messages of gRPC, gRPC-Web and Connect streams. Each has a prefix of one byte of flags
 * and four bytes of length. Messages are inspected separately, and their number is not limited. The
 * inflation bound applies to all messages together, so splitting data into small messages does not
 * raise it.
 */
final class FramedReader implements BodyReader, AutoCloseable {
  private static final int PREFIX = 5;
  private static final int COMPRESSED = 1;
  private static final String NAME = "message";

  private final boolean base64;
  private final boolean json;
  private final String encoding;
  private final BodyLimits limits;
  private final BodySink sink;
  private final InflationBound bound;
  private final byte[] prefix = new byte[PREFIX];
  private final byte[] quartet = new byte[4];
  private int letters; // letters read of the current quartet
  private int prefixLength;
  private long left; // bytes remaining in the message
  private @Nullable BodyReader message;
  private boolean codingReported;
  private @Nullable CodedReader open;

  FramedReader(BodyLabel label, String messageEncoding, BodyLimits limits, BodySink sink) {
    base64 = label.name().startsWith("application/grpc-web-text");
    json = label.isJson();
    encoding = messageEncoding;
    this.limits = limits;
    this.sink = sink;
    bound = new InflationBound(limits.ratio());
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    if (!base64) {
      read(bytes, from, to);
      return;
    }
    for (int i = from; i < to; i++) {
      if (bytes[i] > ' ') {
        quartet[letters++] = bytes[i];
      }
      if (letters == quartet.length) {
        letters = 0;
        decode();
      }
    }
  }

  private void decode() {
    try {
      byte[] decoded = Base64.getDecoder().decode(quartet);
      read(decoded, 0, decoded.length);
    } catch (IllegalArgumentException e) {
      read(quartet, 0, quartet.length); // not base64: read without decoding
    }
  }

  private void read(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      BodyReader current = message;
      if (current == null) {
        prefix[prefixLength++] = bytes[at++];
        if (prefixLength == PREFIX) {
          startMessage();
        }
      } else {
        int end = (int) Math.min(to, at + left);
        current.feed(bytes, at, end);
        left -= end - at;
        at = end;
        endMessage();
      }
    }
  }

  private void startMessage() {
    prefixLength = 0;
    left =
        (prefix[1] & 0xFFL) << 24
            | (prefix[2] & 0xFF) << 16
            | (prefix[3] & 0xFF) << 8
            | prefix[4] & 0xFF;
    BodyReader content = (prefix[0] & COMPRESSED) != 0 ? compressed() : content();
    message = limited(content);
    endMessage();
  }

  private BodyReader limited(BodyReader reader) {
    return new LimitedReader(reader, limits.messageBytes(), NAME, sink);
  }

  private BodyReader content() {
    if (!json) {
      return StringsReader.ofBody(NAME, sink);
    }
    Defects defects = Defects.unreported();
    return new FallbackReader(
        new JsonReader(false, limits.depth(), sink, defects),
        defects,
        new TextReader(Target.ARG, NAME, sink));
  }

  private BodyReader compressed() {
    if (encoding.equals("gzip") || encoding.equals("deflate")) {
      CodedReader coded =
          new CodedReader(
              encoding.equals("gzip"), true, bound, sink, () -> limited(content()), this::content);
      open = coded;
      return coded;
    }
    if (!codingReported) {
      codingReported = true;
      ContentCoding.report(sink, encoding);
    }
    return content();
  }

  private void endMessage() {
    if (left == 0 && message != null) {
      message.finish(true);
      message = null;
      close();
    }
  }

  @Override
  public void finish(boolean complete) {
    if (message != null) {
      message.finish(false);
      message = null;
    }
    close();
  }

  @Override
  public void close() {
    if (open != null) {
      open.close();
      open = null;
    }
  }
}
