// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Buffers the first bytes of a body or part until its reader can be selected. */
final class UndecidedReader implements BodyReader {
  /** Selects a reader by the first bytes. */
  @FunctionalInterface
  interface Choice {
    /**
     * Returns a reader of a content that starts with these bytes, which are passed to it
     * afterwards.
     */
    BodyReader reader(byte[] bytes, int from, int to);
  }

  private final Choice choice;
  private byte[] head = {};
  private @Nullable BodyReader reader;

  UndecidedReader(Choice choice) {
    this.choice = choice;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    BodyReader known = reader;
    if (known != null) {
      known.feed(bytes, from, to);
    } else if (head.length == 0 && to - from >= Content.DECISIVE) {
      decide(bytes, from, to);
    } else {
      int count = to - from;
      byte[] longer = Arrays.copyOf(head, head.length + count);
      System.arraycopy(bytes, from, longer, head.length, count);
      head = longer;
      if (head.length >= Content.DECISIVE) {
        decide(head, 0, head.length);
        head = new byte[0];
      }
    }
  }

  private BodyReader decide(byte[] bytes, int from, int to) {
    BodyReader chosen = choice.reader(bytes, from, Math.min(to, from + Content.DECISIVE));
    reader = chosen;
    if (to > from) {
      chosen.feed(bytes, from, to);
    }
    return chosen;
  }

  @Override
  public void finish(boolean complete) {
    BodyReader known = reader;
    (known == null ? decide(head, 0, head.length) : known).finish(complete);
  }
}
