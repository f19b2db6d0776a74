// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.rule.Target;

/**
 * Ends the inspection of a body after a number of bytes, and reports this as a {@link
 * Target#MALFORMED} value named {@code oversize}.
 */
final class LimitedReader implements BodyReader {
  static final String NAME = "oversize";

  private final BodyReader reader;
  private final long limit;
  private final String format;
  private final BodySink sink;
  private long read;

  LimitedReader(BodyReader reader, long limit, String format, BodySink sink) {
    this.reader = reader;
    this.limit = limit;
    this.format = format;
    this.sink = sink;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    if (read > limit) {
      return;
    }
    int end = (int) Math.min(to, from + (limit - read));
    if (end > from) {
      reader.feed(bytes, from, end);
    }
    read += to - from;
    if (read > limit) {
      reader.finish(false);
      report(sink, format, limit);
    }
  }

  static void report(BodySink sink, String format, long limit) {
    sink.value(Target.MALFORMED, NAME, format + ": more than " + limit + " bytes");
  }

  @Override
  public void finish(boolean complete) {
    if (read <= limit) {
      reader.finish(complete);
    }
  }
}
