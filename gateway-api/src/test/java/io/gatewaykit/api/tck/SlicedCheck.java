// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Inspects large messages in slices, notes their sizes, and rejects those that contain "evil". */
final class SlicedCheck implements MessageCheck {
  private final int maxSlice;
  private final List<Integer> slices = new CopyOnWriteArrayList<>();
  private final AtomicInteger open = new AtomicInteger();

  SlicedCheck(int maxSlice) {
    this.maxSlice = maxSlice;
  }

  List<Integer> slices() {
    return slices;
  }

  /** Returns the number of inspectors that are not closed. */
  int open() {
    return open.get();
  }

  void clear() {
    slices.clear();
  }

  @Override
  public Verdict check(GatewayRequest upgrade, BodyView payload) {
    assertThat(payload.length()).isLessThanOrEqualTo(maxSlice);
    return Verdict.allow();
  }

  @Override
  public BodyInspector inspectLarge(GatewayRequest upgrade) {
    open.incrementAndGet();
    return new BodyInspector() {
      @Override
      public int holdBytes() {
        return Integer.MAX_VALUE;
      }

      @Override
      public @Nullable Rejection onBytes(ByteBuffer bytes) {
        slices.add(bytes.remaining());
        return StandardCharsets.UTF_8.decode(bytes).toString().contains("evil")
            ? Rejection.builder(403, "evil", "Forbidden").build()
            : null;
      }

      @Override
      public Verdict onHeld(boolean complete) {
        return Verdict.allow();
      }

      @Override
      public void close() {
        open.decrementAndGet();
      }
    };
  }
}
