package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;

/** Chooses the chain for a request: what adapters ask. Thread-safe. */
@FunctionalInterface
public interface GuardSelector {

  /** Returns the chain for the request; {@link GuardChain#empty()} to let it pass unguarded. */
  GuardChain select(GatewayRequest request);

  /** Returns the selector that always chooses the same chain. */
  static GuardSelector always(GuardChain chain) {
    return request -> chain;
  }
}
