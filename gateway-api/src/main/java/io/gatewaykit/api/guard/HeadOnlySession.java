// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;
import org.jspecify.annotations.Nullable;

/** The session of a chain whose guards inspect the head only. Stateless, shared by all requests. */
final class HeadOnlySession extends GuardSession {
  private final GuardInvoker[] invokers;

  HeadOnlySession(GuardInvoker[] invokers) {
    this.invokers = invokers;
  }

  @Override
  public Verdict head(GatewayRequest request) {
    return GuardPipeline.run(invokers, Stage.HEAD, request, (i, invoker, r) -> invoker.head(r));
  }

  @Override
  public @Nullable BodyInspector inspectBody(GatewayRequest request) {
    return null;
  }

  @Override
  public void response(GatewayRequest request, ResponseHead response) {}

  @Override
  public @Nullable BodyObserver observeResponseBody(GatewayRequest request, ResponseHead response) {
    return null;
  }

  @Override
  public boolean wantsResponse() {
    return false;
  }

  @Override
  public void complete(GatewayRequest request, Completion completion) {}
}
