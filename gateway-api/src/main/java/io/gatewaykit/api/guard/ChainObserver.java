// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Combines the observers of all guards into one that never throws. An observer that fails is
 * skipped for the rest of the body.
 *
 * <p>The methods are synchronized because {@link #close} may be called on a thread other than the
 * one that writes the body, as in {@link ChainInspector}.
 */
final class ChainObserver implements BodyObserver {
  private final GuardInvoker[] invokers;
  private final @Nullable BodyObserver[] observers; // by guard; null if the guard has none
  private final GatewayRequest request;
  private boolean closed;

  private ChainObserver(
      GuardInvoker[] invokers, @Nullable BodyObserver[] observers, GatewayRequest request) {
    this.invokers = invokers;
    this.observers = observers;
    this.request = request;
  }

  /** Returns the observer of a response body, or null if no guard observes it. */
  static @Nullable ChainObserver of(
      GuardInvoker[] invokers, GatewayRequest request, ResponseHead response) {
    @Nullable BodyObserver[] observers = null;
    for (int i = 0; i < invokers.length; i++) {
      BodyObserver observer = invokers[i].observeResponseBody(request, response);
      if (observer != null) {
        observers = observers == null ? new BodyObserver[invokers.length] : observers;
        observers[i] = observer;
      }
    }
    return observers == null ? null : new ChainObserver(invokers, observers, request);
  }

  @Override
  public synchronized void onBytes(ByteBuffer bytes) {
    ByteBuffer view = bytes.isReadOnly() ? bytes : bytes.asReadOnlyBuffer();
    int start = view.position();
    for (int i = 0; i < invokers.length && !closed; i++) {
      BodyObserver observer = observers[i];
      if (observer != null) {
        if (!invokers[i].observe(request, observer, view)) {
          observers[i] = null;
        }
        view.position(start);
      }
    }
  }

  /** Ends the observation. A call in progress completes first. */
  synchronized void close() {
    closed = true;
  }
}
