// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads lines of bytes. A line longer than the bound is truncated, so memory use is bounded. */
final class Lines {
  /** 16 MiB: longer than any body the firewall inspects. */
  static final int MAX_LENGTH = 16 << 20;

  private final InputStream in;
  private final int maxLength;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private long number;
  private boolean tooLong;

  Lines(InputStream in, int maxLength) {
    this.in = in;
    this.maxLength = maxLength;
  }

  /** Returns the next line without its terminator, or null at the end. */
  byte @Nullable [] next() throws IOException {
    line.reset();
    tooLong = false;
    int b = in.read();
    if (b < 0) {
      return null;
    }
    number++;
    for (; b >= 0 && b != '\n'; b = in.read()) {
      if (line.size() < maxLength) {
        line.write(b);
      } else {
        tooLong = true;
      }
    }
    return line.toByteArray();
  }

  /** Returns the number of the last line returned, from 1. */
  long number() {
    return number;
  }

  /** Returns whether the last line returned was truncated. */
  boolean tooLong() {
    return tooLong;
  }
}
