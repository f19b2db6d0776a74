package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;

/**
 * Learns of what a chain refuses and where it fails. Called on the request's thread, so it must be
 * quick; what it throws is caught and logged.
 */
public interface GuardListener {

  /** Called after a guard refused a request. */
  default void onReject(GatewayRequest request, Guard guard, Rejection rejection) {}

  /** Called after a guard failed; its failure mode decided what became of the request. */
  default void onFailure(GatewayRequest request, Guard guard, Stage stage, Throwable failure) {}
}
