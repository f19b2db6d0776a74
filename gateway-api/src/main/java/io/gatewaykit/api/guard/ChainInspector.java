// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Combines the body inspectors of all guards into one that never throws. A guard that fails open is
 * skipped for the rest of the body.
 *
 * <p>The methods are synchronized because {@link #close} may be called on a thread other than the
 * one that reads the body, for example when the client disconnects. They are called once per chunk,
 * so the cost of the uncontended lock is not measurable.
 */
final class ChainInspector implements BodyInspector {
  private final GuardInvoker[] invokers;
  private final @Nullable BodyInspector[] inspectors; // by guard; null if the guard has none
  private final GatewayRequest request;
  private final int holdBytes;
  private boolean closed;

  private ChainInspector(
      GuardInvoker[] invokers, @Nullable BodyInspector[] inspectors, GatewayRequest request) {
    this.invokers = invokers;
    this.inspectors = inspectors;
    this.request = request;
    int longest = 0;
    for (int i = 0; i < inspectors.length; i++) {
      BodyInspector inspector = inspectors[i];
      longest = inspector == null ? longest : Math.max(longest, invokers[i].holdBytes(inspector));
    }
    holdBytes = longest;
  }

  /** Returns the inspector of a request's body, or null if no guard inspects it. */
  static @Nullable ChainInspector of(GuardInvoker[] invokers, GatewayRequest request) {
    @Nullable BodyInspector[] inspectors = null;
    for (int i = 0; i < invokers.length; i++) {
      BodyInspector inspector = invokers[i].inspectBody(request);
      if (inspector != null) {
        inspectors = inspectors == null ? new BodyInspector[invokers.length] : inspectors;
        inspectors[i] = inspector;
      }
    }
    return inspectors == null ? null : new ChainInspector(invokers, inspectors, request);
  }

  @Override
  public int holdBytes() {
    return holdBytes;
  }

  @Override
  public synchronized @Nullable Rejection onBytes(ByteBuffer bytes) {
    ByteBuffer view = bytes.isReadOnly() ? bytes : bytes.asReadOnlyBuffer();
    int start = view.position();
    for (int i = 0; i < invokers.length && !closed; i++) {
      BodyInspector inspector = inspectors[i];
      if (inspector != null) {
        Rejection rejection = rejection(i, invokers[i].bytes(request, inspector, view));
        view.position(start);
        if (rejection != null) {
          return rejection;
        }
      }
    }
    return null;
  }

  @Override
  public Verdict onHeld(boolean complete) {
    return GuardPipeline.run(
        invokers, Stage.BODY, request, (i, invoker, r) -> inspectHeld(i, invoker, complete));
  }

  private synchronized Verdict inspectHeld(int i, GuardInvoker invoker, boolean complete) {
    BodyInspector inspector = inspectors[i];
    if (inspector == null || closed) {
      return Verdict.allow();
    }
    Verdict verdict = invoker.inspectHeld(request, inspector, complete);
    if (verdict == Verdict.Allow.INSTANCE
        && !complete
        && !invoker.inspectsRest(request, inspector)) {
      drop(i);
    }
    return verdict;
  }

  @Override
  public synchronized boolean inspectsRest() {
    for (BodyInspector inspector : inspectors) {
      if (inspector != null) {
        return true;
      }
    }
    return false;
  }

  @Override
  public synchronized @Nullable Rejection onEnd() {
    for (int i = 0; i < invokers.length && !closed; i++) {
      BodyInspector inspector = inspectors[i];
      if (inspector != null) {
        Rejection rejection = rejection(i, invokers[i].end(request, inspector));
        if (rejection != null) {
          return rejection;
        }
      }
    }
    return null;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      for (int i = 0; i < inspectors.length; i++) {
        drop(i);
      }
    }
  }

  private void drop(int i) {
    BodyInspector inspector = inspectors[i];
    if (inspector != null) {
      inspectors[i] = null;
      invokers[i].close(request, inspector);
    }
  }

  /** Returns a guard's rejection of the body. A guard that failed open is skipped from now on. */
  private @Nullable Rejection rejection(int i, @Nullable Verdict verdict) {
    if (verdict == Verdict.Allow.INSTANCE) {
      drop(i);
    }
    return verdict instanceof Verdict.Reject reject ? reject.rejection() : null;
  }
}
