// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.request.BodyView;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Buffers the first bytes of a body and passes them to a function that decides. */
final class BufferingInspector implements BodyInspector {
  private static final int INITIAL_BYTES = 512;

  private final int maxBytes;
  private final Function<? super BodyView, Verdict> decision;
  private byte[] buffer = {};
  private int length;
  private boolean truncated;

  BufferingInspector(int maxBytes, Function<? super BodyView, Verdict> decision) {
    if (maxBytes < 0) {
      throw Arguments.outside("maxBytes", maxBytes, ">= 0");
    }
    this.maxBytes = maxBytes;
    this.decision = requireNonNull(decision, "decision");
  }

  @Override
  public int holdBytes() {
    return maxBytes;
  }

  @Override
  public @Nullable Rejection onBytes(ByteBuffer bytes) {
    int taken = Math.min(bytes.remaining(), maxBytes - length);
    truncated |= taken < bytes.remaining();
    if (length + taken > buffer.length) {
      long doubled = Math.max(INITIAL_BYTES, 2L * buffer.length);
      long needed = Math.max(length + taken, doubled);
      buffer = Arrays.copyOf(buffer, (int) Math.min(maxBytes, needed));
    }
    bytes.get(bytes.position(), buffer, length, taken);
    length += taken;
    return null;
  }

  @Override
  public Verdict onHeld(boolean complete) {
    ByteBuffer buffered = ByteBuffer.wrap(buffer, 0, length).slice();
    Verdict verdict = decision.apply(new BodyView(buffered, complete && !truncated));
    buffer = new byte[0];
    length = maxBytes; // the rest is not buffered
    return verdict;
  }

  @Override
  public boolean inspectsRest() {
    return false;
  }
}
