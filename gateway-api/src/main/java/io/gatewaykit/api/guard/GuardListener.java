// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;

/**
 * A listener for the rejections and failures in a chain. Called on the request's thread, so it must
 * return quickly; exceptions are caught and logged.
 */
public interface GuardListener {

  /** Called after a guard rejected a request. */
  default void onReject(GatewayRequest request, Guard guard, Rejection rejection) {}

  /** Called after a guard failed; its failure mode determined the handling of the request. */
  default void onFailure(GatewayRequest request, Guard guard, Stage stage, Throwable failure) {}
}
