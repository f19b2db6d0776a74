// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardListener;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.List;

/** Notifies several listeners. */
record GuardListeners(List<GuardListener> listeners) implements GuardListener {
  static GuardListener of(List<GuardListener> listeners) {
    return listeners.size() == 1 ? listeners.get(0) : new GuardListeners(listeners);
  }

  @Override
  public void onReject(GatewayRequest request, Guard guard, Rejection rejection) {
    listeners.forEach(listener -> listener.onReject(request, guard, rejection));
  }

  @Override
  public void onFailure(GatewayRequest request, Guard guard, Stage stage, Throwable failure) {
    listeners.forEach(listener -> listener.onFailure(request, guard, stage, failure));
  }
}
