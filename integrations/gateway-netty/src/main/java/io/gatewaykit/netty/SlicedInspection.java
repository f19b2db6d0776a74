// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Inspects a large message in slices, each in a task of the event loop of its own, so that other
 * connections of the loop are served in between. Confined to the event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a stage that only notifies
final class SlicedInspection {
  private final Executor loop;
  private final BodyInspector inspector;
  private final ByteBuffer remaining;
  private final CompletableFuture<Verdict> verdict = new CompletableFuture<>();

  /**
   * Creates an inspection. {@link #start} or {@link #cancel} must be called.
   *
   * @param inspector closed at the end
   */
  SlicedInspection(Executor loop, BodyInspector inspector, BodyView payload) {
    this.loop = loop;
    this.inspector = inspector;
    this.remaining = payload.bytes();
  }

  /** Inspects the first slice and returns the pending verdict on the message. */
  Verdict start() {
    next();
    return Verdict.pending(verdict);
  }

  /** Ends the inspection without a verdict. Has no effect after the verdict. */
  void cancel() {
    end(() -> verdict.cancel(false));
  }

  private void next() {
    if (verdict.isDone()) {
      return; // cancelled
    }
    try {
      Rejection rejection = inspectSlice();
      if (rejection != null) {
        end(() -> verdict.complete(Verdict.reject(rejection)));
      } else if (remaining.hasRemaining()) {
        loop.execute(this::next);
      } else {
        settle(inspector.onHeld(true));
      }
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      end(() -> verdict.completeExceptionally(e));
    }
  }

  private void settle(Verdict last) {
    if (last instanceof Verdict.Pending pending) {
      pending
          .verdict()
          .whenComplete((known, failure) ->
              loop.execute(() ->
                  end(
                      failure == null
                          ? () -> verdict.complete(known)
                          : () -> verdict.completeExceptionally(failure))));
    } else {
      end(() -> verdict.complete(last));
    }
  }

  private @Nullable Rejection inspectSlice() {
    int size = Math.min(HeldBody.SLICE, remaining.remaining());
    ByteBuffer slice = remaining.slice(remaining.position(), size);
    remaining.position(remaining.position() + size);
    return inspector.onBytes(slice);
  }

  private void end(Runnable result) {
    if (!verdict.isDone()) {
      inspector.close();
      result.run();
    }
  }
}
