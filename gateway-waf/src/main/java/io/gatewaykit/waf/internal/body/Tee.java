// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import java.util.List;

/** Passes a body to several readers. */
record Tee(List<BodyReader> readers) implements BodyReader {
  static BodyReader of(List<BodyReader> readers) {
    return readers.size() == 1 ? readers.get(0) : new Tee(readers);
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    for (BodyReader reader : readers) {
      reader.feed(bytes, from, to);
    }
  }

  @Override
  public void finish(boolean complete) {
    for (BodyReader reader : readers) {
      reader.finish(complete);
    }
  }
}
