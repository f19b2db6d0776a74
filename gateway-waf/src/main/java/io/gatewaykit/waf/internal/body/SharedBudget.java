// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/** A byte limit shared by all fields and headers of a multipart body. */
final class SharedBudget {
  private final long limit;
  private final BodySink sink;
  private long left;
  private boolean reported;

  SharedBudget(long limit, BodySink sink) {
    this.limit = limit;
    this.sink = sink;
    left = limit;
  }

  /** Counts bytes that have been read already, such as the header of a part. */
  void charge(int bytes) {
    if (bytes > left) {
      report();
    }
    left = Math.max(0, left - bytes);
  }

  private void report() {
    if (!reported) {
      reported = true;
      LimitedReader.report(sink, "multipart", limit);
    }
  }

  /**
   * Returns a reader whose bytes count towards the limit. Bytes beyond it are reported and not
   * read.
   */
  BodyReader counted(BodyReader reader) {
    return new BodyReader() {
      @Override
      public void feed(byte[] bytes, int from, int to) {
        int end = (int) Math.min(to, from + left);
        if (end > from) {
          reader.feed(bytes, from, end);
          left -= end - from;
        }
        if (end < to) {
          report();
        }
      }

      @Override
      public void finish(boolean complete) {
        reader.finish(complete && !reported);
      }
    };
  }
}
