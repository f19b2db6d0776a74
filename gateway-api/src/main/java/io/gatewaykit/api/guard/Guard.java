// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a request is admitted. A guard serves all requests concurrently: implementations
 * are thread-safe and never block. To wait, return a delayed or pending {@link Verdict}.
 */
public interface Guard {

  /** Returns the guard's name, for metrics and logs: short, constant, lower case. */
  String name();

  /**
   * Returns the stages in which this guard takes part. Called once, when a chain is built. Default:
   * the head only.
   */
  default Set<Stage> stages() {
    return Set.of(Stage.HEAD);
  }

  /** Returns the handling of a request on which this guard fails. Default: it is rejected. */
  default FailureMode failureMode() {
    return FailureMode.FAIL_CLOSED;
  }

  /** Evaluates the request's head. Returning {@link Verdict#allow()} does not allocate. */
  Verdict onHead(GatewayRequest request);

  /**
   * Returns an inspector of this request's body, or null if the guard does not inspect it. Called
   * at most once per request, after the head was allowed, for guards with {@link Stage#BODY}. The
   * inspector is used only if there is a body.
   */
  default @Nullable BodyInspector inspectBody(GatewayRequest request) {
    return null;
  }

  /** Called with the response head, to which it may add header fields. */
  default void onResponse(GatewayRequest request, ResponseHead response) {}

  /**
   * Returns an observer of the body of the response, or null if the guard does not observe it.
   * Called after {@link #onResponse}, for guards with {@link Stage#RESPONSE_BODY}, unless the
   * response has no body: to {@code HEAD}, or with status 1xx, 204 or 304. Called again if the
   * application discards a body before it is sent and starts another one.
   *
   * @param response the head of the response; read-only, since all guards have seen it
   */
  default @Nullable BodyObserver observeResponseBody(
      GatewayRequest request, ResponseHead response) {
    return null;
  }

  /**
   * Called on completion of the request, on any thread: exactly once for each request whose head
   * was passed to this guard, regardless of its outcome.
   */
  default void onComplete(GatewayRequest request, Completion completion) {}
}
