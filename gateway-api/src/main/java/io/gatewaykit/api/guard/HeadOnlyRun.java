package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;

/** The run of a chain whose guards look at the head only: without state, shared by all requests. */
final class HeadOnlyRun extends GuardRun {
  private final GuardCall[] calls;

  HeadOnlyRun(GuardCall[] calls) {
    this.calls = calls;
  }

  @Override
  public Verdict head(GatewayRequest request) {
    return GuardLoop.run(calls, Stage.HEAD, request, (i, call, r) -> call.head(r));
  }

  @Override
  public int bodyBytesWanted(GatewayRequest request) {
    return 0;
  }

  @Override
  public Verdict body(GatewayRequest request, BodyView body) {
    return Verdict.allow();
  }

  @Override
  public void response(GatewayRequest request, ResponseHead response) {}

  @Override
  public boolean wantsResponse() {
    return false;
  }

  @Override
  public void complete(GatewayRequest request, Completion completion) {}
}
