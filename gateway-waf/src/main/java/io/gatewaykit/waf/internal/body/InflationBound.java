// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.rule.Target;

/**
 * Limits the inflated bytes of a body to a multiple of the received bytes, in total over all
 * compressed messages. The first megabyte is exempt.
 */
final class InflationBound {
  // inflated bytes below which the ratio is not enforced
  private static final long UNCHECKED = 1 << 20;

  private final int ratio;
  private long received;
  private long inflated;
  private boolean reported;

  InflationBound(int ratio) {
    this.ratio = ratio;
  }

  void received(int count) {
    received += count;
  }

  void inflated(int count) {
    inflated += count;
  }

  boolean isExceeded() {
    return inflated > UNCHECKED && inflated / ratio > received;
  }

  /** Reports once that the bound has been exceeded. */
  void report(BodySink sink) {
    if (!reported) {
      reported = true;
      sink.value(
          Target.MALFORMED,
          LimitedReader.NAME,
          "inflated: more than " + ratio + " times the bytes received");
    }
  }
}
