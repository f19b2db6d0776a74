package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;
import org.jspecify.annotations.Nullable;

/** The run of a chain whose guards inspect the head only. Stateless, shared by all requests. */
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
  public @Nullable BodyInspector inspectBody(GatewayRequest request) {
    return null;
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
